import * as z from "zod/mini";
import { BridgeError } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";
import type { Environment } from "../rundeck/environment.ts";
import { ownVariableName, variableName } from "../rundeck/naming.ts";
import { quote } from "./explain.ts";
import { nameSetting } from "./name.ts";
import type { CredentialSettings } from "./settings.ts";
import { nodeSourceProperties } from "./table/node-source.ts";
import type { SourceProperty, SourceRecord } from "./table/node-source.ts";
import { region as regionForm } from "./values.ts";

/** Which nodes a source lists, and how. */
export type NodeSourceSettings = {
  regions: readonly string[] | "all";
  /** Where it is asked what there is in others. */
  homeRegion: string;
  roleArns: readonly string[];
  /** By which call of SSM's nodes are found. */
  listedBy: "DescribeInstanceInformation" | "ListNodes";
  filters: readonly { name: string; values: readonly string[] }[];
  mapping: ReadonlyMap<string, string>;
  nodeName?: string;
  attributes: ReadonlyMap<string, string>;
  offline: "listed" | "left-out";
  /** What the roles are assumed with, or what is asked itself. */
  credentials: Omit<CredentialSettings, "assumeRole">;
  externalId?: string;
  stsRegion?: string;
  /** Property → the layer that its value is from. */
  sources: ReadonlyMap<string, string>;
  /** Property → its value as messages show it; no secret is among them. */
  shown: ReadonlyMap<string, string>;
};

/** Where the properties are: of Rundeck's form as `RD_CONFIG_*`, of the command line as options. */
export type SourceLayers = {
  options: ReadonlyMap<string, string>;
  rundeck: Environment;
  environment: Environment;
};

type Value<Name extends SourceProperty> = z.output<
  (typeof nodeSourceProperties)[Name]["form"]
>;

type Found = { text: string; layer: string };

const fallbackRegion = "us-east-1";

/** @throws BridgeError `setting-invalid`, `setting-missing`: the first problem, in one line */
export function parseNodeSource(layers: SourceLayers): NodeSourceSettings {
  const sources = new Map<string, string>();
  const shown = new Map<string, string>();
  const find = <Name extends SourceProperty>(
    name: Name,
  ): Value<Name> | undefined => {
    const found = findText(layers, name);
    if (!found) return undefined;
    sources.set(name, found.layer);
    if (!isSecret(name)) shown.set(name, quote(found.text));
    return parseText(name, found);
  };
  const region = findRegion(layers);
  const regions = find("regions") ?? (region ? [region] : refuseRegionless());
  const nodeName = find("node-name");
  const externalId = find("ssm-external-id");
  const stsRegion = find("ssm-sts-region");
  return {
    regions: regions.includes("all") ? "all" : [...new Set(regions)],
    homeRegion: region ?? regions.find((it) => it !== "all") ?? fallbackRegion,
    roleArns: [...new Set(find("role-arns"))],
    listedBy: find("list-nodes") ? "ListNodes" : "DescribeInstanceInformation",
    filters: find("filter") ?? [],
    mapping: mapOf(find("mapping-params")),
    attributes: mapOf(find("default-attributes")),
    offline: find("include-offline") === false ? "left-out" : "listed",
    credentials: parseCredentials(find, { sources, shown }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(stsRegion === undefined ? {} : { stsRegion }),
    sources,
    shown,
  };
}

function mapOf(
  pairs: readonly { name: string; value: string }[] = [],
): Map<string, string> {
  return new Map(pairs.map(({ name, value }) => [name, value]));
}

function parseCredentials(
  find: <Name extends SourceProperty>(name: Name) => Value<Name> | undefined,
  known: Pick<NodeSourceSettings, "sources" | "shown">,
): NodeSourceSettings["credentials"] {
  const accessKeyId = find("ssm-accessKeyId");
  const secretKey = find("ssm-secretKey");
  const profile = find("ssm-profile");
  const whose = { baseFrom: "ssm", roleFrom: "ssm" } as const;
  if (accessKeyId !== undefined && secretKey !== undefined) {
    const keys = { accessKeyId, secretKey: new Secret(secretKey) };
    return { keys, ...whose };
  }
  if (accessKeyId !== undefined)
    refuseHalf(
      `ssm-secretKey is not set, or its Key Storage path can't be opened, but ${nameSetting(known, "ssm-accessKeyId")} is`,
    );
  if (secretKey !== undefined)
    refuseHalf(
      `ssm-accessKeyId is not set, but ${nameSetting(known, "ssm-secretKey")} is`,
    );
  return profile === undefined ? whose : { profile, ...whose };
}

function refuseHalf(problem: string): never {
  throw new BridgeError(
    "setting-missing",
    `node source: ${problem}: set both, or neither`,
  );
}

function refuseRegionless(): never {
  throw new BridgeError(
    "setting-missing",
    "node source: no region: set regions (regions with commas between them, or all), or AWS_REGION in the environment",
  );
}

/** The region that counts where none are named. */
function findRegion({
  options,
  environment,
}: SourceLayers): string | undefined {
  const places: [layer: string, text: string | undefined][] = [
    ["option --region", options.get("region")],
    ...["RUNDECK_SSM_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"].map(
      (name): [string, string | undefined] => [
        `environment variable ${name}`,
        environment[name],
      ],
    ),
  ];
  for (const [layer, given] of places) {
    const text = (given ?? "").trim();
    if (text === "") continue;
    if (z.safeParse(regionForm, text).success) return text;
    throw invalid("region", { text, layer }, "an AWS region such as eu-west-1");
  }
  return undefined;
}

/** Nearest first: option, the form's property, our own environment variable. Empty is "not set here". */
function findText(
  { options, rundeck, environment }: SourceLayers,
  name: SourceProperty,
): Found | undefined {
  const option = options.get(name);
  if (option !== undefined && isSecret(name))
    throw new BridgeError(
      "setting-invalid",
      `${name} must not be given as an option, where others on this machine can see it: use the environment variable ${ownVariableName(name)}`,
    );
  const variable = ownVariableName(name);
  const places: [layer: string, text: string | undefined][] = [
    [`option --${name}`, option],
    [
      `property ${name} of the node source`,
      rundeck[variableName("CONFIG", name)],
    ],
    [`environment variable ${variable}`, environment[variable]],
  ];
  for (const [layer, text] of places)
    if (text !== undefined && text.trim() !== "")
      return { text: text.trim(), layer };
  return undefined;
}

function parseText<Name extends SourceProperty>(
  name: Name,
  found: Found,
): Value<Name> {
  const parsed = z.safeParse(nodeSourceProperties[name].form, found.text);
  // oxlint-disable-next-line no-unsafe-type-assertion -- of all the forms in the table, this is the one of this name
  if (parsed.success) return parsed.data as Value<Name>;
  const form = parsed.error.issues[0]?.message ?? "of another form";
  throw invalid(name, found, form);
}

function invalid(
  name: string,
  { text, layer }: Found,
  form: string,
): BridgeError {
  const shown = isSecret(name) ? "malformed" : quote(text);
  return new BridgeError(
    "setting-invalid",
    `${name} is ${shown}, from ${layer}: it must be ${form}`,
  );
}

function isSecret(name: string): boolean {
  const records: Readonly<Record<string, SourceRecord>> = nodeSourceProperties;
  return records[name]?.isSecret === true;
}
