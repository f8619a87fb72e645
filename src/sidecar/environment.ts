import path from "node:path";
import { fileVariables } from "../aws/named-files.ts";
import { variables as proxyVariables } from "../aws/proxy.ts";
import type { Environment } from "../rundeck/environment.ts";

/**
 * What the SDK itself takes from its process's environment, whatever a client's says: a run whose environment has other values there than
 * the sidecar's needs a process of its own.
 */
export function differs(client: Environment, own: Environment): boolean {
  const names = new Set([...Object.keys(client), ...Object.keys(own)]);
  return (
    hasRelativeFile(client) ||
    [...names].some((name) =>
      isTheProcess(name)
        ? client[name] !== own[name]
        : isLeftToTheSdk(name) && !client[name] && Boolean(own[name]),
    )
  );
}

/** Meant from the server's folder. A sidecar stays in no folder, which could not be unmounted then. */
function hasRelativeFile(client: Environment): boolean {
  return ["AWS_CA_BUNDLE", ...fileVariables].some((name) => {
    const file = client[name];
    return Boolean(file) && !path.isAbsolute(file ?? "");
  });
}

/** An endpoint that a client's environment names is handed over; where it names none the SDK looks for itself. */
function isLeftToTheSdk(name: string): boolean {
  return name.startsWith("AWS_ENDPOINT_URL");
}

/** The same where credentials come from a profile or the default chain: their programs and files go by these too. */
export function differsForSources(
  client: Environment,
  own: Environment,
): boolean {
  return (
    differs(client, own) ||
    [...sourceNames].some((name) => client[name] !== own[name])
  );
}

/**
 * What may be a secret, and is therefore not in the environment that a sidecar is started with: everybody who may look would see it there
 * for as long as it lives. `plugin/client.sh` names the same.
 */
export const secretNames = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  ...new Set(Object.values(proxyVariables).flat()),
] as const;

/** The secrets of the server's environment, for what the SDK and a profile's programs take from the process: Node keeps in memory what is set later. */
export function adoptSecrets(
  own: NodeJS.ProcessEnv,
  server: ReadonlyMap<string, string>,
): void {
  for (const name of secretNames) {
    const value = server.get(name);
    if (value !== undefined) own[name] = value;
  }
}

/** Handed to each client of AWS by ourselves, or read by ourselves alone. */
const ours =
  /^(?:AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_ENDPOINT_URL.*|AWS_IGNORE_CONFIGURED_ENDPOINT_URLS|AWS_CA_BUNDLE|AWS_EC2_METADATA_DISABLED)$/;

const sourceNames = new Set([
  "HOME",
  "PATH",
  "NO_PROXY",
  "no_proxy",
  ...secretNames,
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_STS",
]);

function isTheProcess(name: string): boolean {
  if (name === "NODE_EXTRA_CA_CERTS") return true; // read by Node when it starts
  return name.startsWith("AWS_") && !ours.test(name);
}
