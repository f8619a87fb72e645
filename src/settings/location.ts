import { BridgeError } from "../kernel/errors.ts";
import { listCandidates, type Layers } from "../rundeck/layers.ts";
import { variableName } from "../rundeck/naming.ts";
import { isCommandLine, quote, suggestLayers } from "./explain.ts";
import { parseCandidate, type Reader } from "./read.ts";
import { instanceId as instanceIdForm } from "./values.ts";

type Located = { value: string; source: string };

/**
 * The node's instance id: its attribute `instanceId`, else a host name or node name that is one.
 * @throws BridgeError `setting-invalid`, `setting-missing`
 */
export function resolveInstanceId(reader: Reader): string {
  const { value, source } = locateInstanceId(reader.layers);
  reader.sources.set("instanceId", source);
  reader.shown.set("instanceId", quote(value));
  return value;
}

function locateInstanceId(layers: Layers): Located {
  const [set] = listCandidates(layers, "instanceId").filter(
    ({ kind }) => kind === "option" || kind === "node",
  );
  if (set) {
    return {
      value: parseCandidate(layers, "instanceId", set),
      source: set.layer,
    };
  }
  const hostName = readAttribute(layers, "hostname");
  // EC2 can name a host by its instance id: i-….ec2.internal, i-….eu-west-1.compute.internal.
  const firstLabel = /^(i-[0-9a-f]+)\.(?:ec2|[a-z0-9-]+\.compute)\.internal$/;
  for (const [source, name] of [
    ["host name", firstLabel.exec(hostName)?.[1] ?? hostName],
    ["node name", layers.nodeName],
  ] as const) {
    if (instanceIdForm.safeParse(name).success) return { value: name, source };
  }
  if (isCommandLine(layers))
    throw new BridgeError(
      "setting-missing",
      "no --instance: write --instance ID (i-… or mi-…)",
    );
  throw new BridgeError(
    "setting-missing",
    `node ${quote(layers.nodeName)} has no attribute instanceId, and its host name ${quote(hostName)} is not an instance id: add the attribute (i-… or mi-…)`,
  );
}

/** Names under which node sources keep an availability zone, folded as Rundeck folds them. */
const zoneAttributes = [
  "availabilityZone",
  "availability-zone",
  "placement.availabilityZone",
];
/** Attributes with EC2's own DNS names; the EC2 node source sets the first and the last. */
const dnsAttributes = ["privateDnsName", "publicDnsName", "hostname"];

/**
 * The node's region: its attribute `region`, else what its availability zone or its EC2 host name says,
 * else the configured one, else AWS_REGION or AWS_DEFAULT_REGION.
 * @throws BridgeError `setting-invalid`, `setting-missing`
 */
export function resolveRegion(reader: Reader): string {
  const { value, source } = locateRegion(reader.layers);
  reader.sources.set("region", source);
  reader.shown.set("region", quote(value));
  return value;
}

function locateRegion(layers: Layers): Located {
  const candidates = listCandidates(layers, "region");
  const near = candidates.find(
    ({ kind }) => kind === "option" || kind === "node",
  );
  const derived = near ? undefined : deriveRegion(layers);
  if (derived) return derived;
  const candidate = near ?? candidates[0] ?? fromAwsEnvironment(layers);
  if (candidate) {
    return {
      value: parseCandidate(layers, "region", candidate),
      source: candidate.layer,
    };
  }
  throw new BridgeError(
    "setting-missing",
    isCommandLine(layers)
      ? "no --region: write --region REGION, or set AWS_REGION"
      : `node ${quote(layers.nodeName)} has no region: set it in ${suggestLayers(layers, "region")}`,
  );
}

function deriveRegion(layers: Layers): Located | undefined {
  for (const attribute of zoneAttributes) {
    const value = regionOfZone(readAttribute(layers, attribute));
    if (value) return { value, source: `node attribute ${attribute}` };
  }
  for (const attribute of dnsAttributes) {
    const value = regionOfDnsName(readAttribute(layers, attribute));
    if (value) return { value, source: `node attribute ${attribute}` };
  }
  return undefined;
}

/** `eu-west-1a`, or the zone of a Local or Wavelength Zone: `us-west-2-lax-1a`. Source: EC2 User Guide, Regions and Zones. */
export function regionOfZone(zone: string): string | undefined {
  return /^([a-z]{2,}(?:-[a-z]+)+-\d+)(?:[a-z]|-[a-z0-9-]+)$/.exec(zone)?.[1];
}

/** Source: VPC User Guide, DNS attributes; us-east-1 has names of its own. */
export function regionOfDnsName(name: string): string | undefined {
  if (/\.(?:ec2\.internal|compute-1\.amazonaws\.com)$/.test(name)) {
    return "us-east-1";
  }
  return /\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.compute\.(?:internal|amazonaws\.com(?:\.cn)?)$/.exec(
    name,
  )?.[1];
}

function fromAwsEnvironment(layers: Layers) {
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    const text = (layers.environment[name] ?? "").trim();
    if (text !== "") {
      return {
        kind: "environment",
        layer: `environment variable ${name}`,
        text,
        resolvedBy: "us",
      } as const;
    }
  }
  return undefined;
}

function readAttribute(layers: Layers, name: string): string {
  const value = (layers.rundeck[variableName("NODE", name)] ?? "").trim();
  return name === "hostname" ? bareHostName(value) : value;
}

/** A node's host name may have SSH's user and port around it. */
function bareHostName(value: string): string {
  return value.replace(/^.*@/, "").replace(/:\d+$/, "");
}
