import { suggestRegion } from "../aws/regions.ts";
import { regionHost } from "../kernel/partition.ts";
import type { Environment } from "../rundeck/environment.ts";
import type {
  CopierSettings,
  ExecutorSettings,
  NodeSettings,
} from "../settings/settings.ts";
import type { Finding } from "./check.ts";

type Named = [name: string, finding: Finding];

/** Settings of which one makes another pointless, or that can't be meant so. A run goes on: each is a warning. */
export function listContradictions(
  executor: ExecutorSettings | undefined,
  copier: CopierSettings | undefined,
  environment: Environment,
): Named[] {
  const any = executor ?? copier;
  return [
    ...(any ? ofNode(any, environment) : []),
    ...(executor ? ofExecutor(executor) : []),
    ...(copier ? ofCopier(copier) : []),
  ];
}

function ofNode(settings: NodeSettings, environment: Environment): Named[] {
  return [
    ...unknownRegion(settings),
    ...foreignEndpoints(settings),
    ...unusedCredentials(settings, "ssm"),
    ...(settings.stsRegion !== undefined && !settings.credentials.assumeRole
      ? unused(
          settings,
          "ssm-sts-region",
          "no role is assumed by these settings",
        )
      : []),
    ...(environment["AWS_PROFILE"] && environment["AWS_ACCESS_KEY_ID"]
      ? [
          warn(
            "AWS_PROFILE",
            "the environment has AWS_PROFILE and AWS_ACCESS_KEY_ID: the profile comes first, and the key is not used",
            "remove one of them",
          ),
        ]
      : []),
    ...settings.notes.map((note) =>
      warn("ssm-node-endpoints", note, "remove the attribute, or allow it"),
    ),
  ];
}

function unknownRegion({ region, sources }: NodeSettings): Named[] {
  const suggestion = suggestRegion(region);
  if (suggestion === undefined) return [];
  const [says = "", remedy = "check its spelling"] = suggestion.split("; ");
  const named = `"${region}", from ${sources.get("region") ?? "?"}`;
  return [warn("region", `${named}: ${says}`, remedy)];
}

/** AWS's own host names hold their region. */
function foreignEndpoints(settings: NodeSettings): Named[] {
  const { endpoints, region, stsRegion } = settings;
  return Object.entries(endpoints).flatMap(([service, url]): Named[] => {
    const told = regionIn(new URL(url).hostname);
    const wanted = service === "sts" ? (stsRegion ?? region) : region;
    if (told === undefined || told === wanted) return [];
    const name = `${service}-endpoint-url`;
    return [
      warn(
        name,
        `${url} is an endpoint of ${told}, but the region is ${wanted}, from ${settings.sources.get("region") ?? "?"}`,
        `set ${name} to the endpoint of ${wanted}, or remove it`,
      ),
    ];
  });
}

/** The region whose services have such a host, on their own or through VPC endpoints. */
function regionIn(host: string): string | undefined {
  const region = /\.([a-z]{2,}(?:-[a-z]+)+-\d+)\./.exec(host)?.[1];
  const isOwn =
    region !== undefined &&
    host.replace(".vpce.", ".").endsWith(`.${regionHost(region)}`);
  return isOwn ? region : undefined;
}

function unusedCredentials(
  settings: NodeSettings,
  prefix: "ssm" | "ssm-copier",
): Named[] {
  const { keys, assumeRole, baseFrom, roleFrom } = settings.credentials;
  const hides = (name: string, why: string) =>
    settings.sources.has(name) ? unused(settings, name, why) : [];
  return [
    ...(keys && baseFrom === prefix
      ? hides(`${prefix}-profile`, `${prefix}-accessKeyId comes first`)
      : []),
    ...(assumeRole || roleFrom !== prefix
      ? []
      : [
          ...hides(
            `${prefix}-assume-role-arn`,
            `${prefix}-assume-role is false`,
          ),
          ...hides(`${prefix}-external-id`, "no role is assumed"),
        ]),
  ];
}

function ofExecutor(settings: ExecutorSettings): Named[] {
  const { logGroup, liveOutput, runner } = settings;
  const wrapped = ["ssm-output-bucket", "ssm-live-output"].filter((name) =>
    isSet(settings, name),
  );
  return [
    ...(logGroup === undefined && isSet(settings, "log-retrieve-delay")
      ? unused(
          settings,
          "log-retrieve-delay",
          "cloudwatch-log-group is not set",
        )
      : []),
    ...(logGroup !== undefined && liveOutput
      ? unused(
          settings,
          "ssm-live-output",
          "output is live through cloudwatch-log-group",
        )
      : []),
    ...(runner === "none"
      ? wrapped.flatMap((name) => unused(settings, name, "ssm-runner is none"))
      : []),
  ];
}

function ofCopier(settings: CopierSettings): Named[] {
  const { bucket } = settings;
  const names = ["ssm-copier-prefix", "ssm-copier-kms-key"];
  return [
    ...unusedCredentials(settings, "ssm-copier"),
    ...(bucket === undefined
      ? names
          .filter((name) => settings.sources.has(name))
          .flatMap((name) =>
            unused(settings, name, "ssm-copier-bucket is not set"),
          )
      : []),
  ];
}

function isSet({ sources }: NodeSettings, name: string): boolean {
  return sources.has(name) && sources.get(name) !== "default";
}

function unused({ sources }: NodeSettings, name: string, why: string): Named[] {
  return [
    warn(
      name,
      `from ${sources.get(name) ?? "?"}, has no effect: ${why}`,
      "remove one of them",
    ),
  ];
}

function warn(name: string, says: string, remedy: string): Named {
  return [name, { state: "warning", says, remedy }];
}
