import { hasNodeAttribute } from "../rundeck/layers.ts";
import { quote } from "./explain.ts";
import type { Reader } from "./read.ts";
import type { Endpoints } from "./settings.ts";

const names = {
  ssm: "ssm-endpoint-url",
  sts: "sts-endpoint-url",
  logs: "logs-endpoint-url",
  s3: "s3-endpoint-url",
} as const;

/**
 * The endpoints of the user's own. Whoever may edit nodes is not always trusted with what goes there: the server can leave their
 * attributes out, and the note says so, since such a node's commands then go elsewhere than its attribute says.
 * @throws BridgeError `setting-invalid`
 */
export function parseEndpoints(reader: Reader): {
  endpoints: Endpoints;
  notes: string[];
} {
  const isIgnored = reader.read("ssm-node-endpoints") === "ignore";
  const endpoints: Endpoints = {};
  for (const service of ["ssm", "sts", "logs", "s3"] as const) {
    const name = names[service];
    const url = isIgnored ? reader.findButNode(name) : reader.find(name);
    if (url !== undefined) endpoints[service] = url;
  }
  const { layers } = reader;
  const ignored = isIgnored
    ? Object.values(names).filter((name) => hasNodeAttribute(layers, name))
    : [];
  return {
    endpoints,
    notes: ignored.length === 0 ? [] : [describe(reader, ignored)],
  };
}

function describe({ layers, sources }: Reader, ignored: string[]): string {
  const source = sources.get("ssm-node-endpoints") ?? "?";
  return `node ${quote(layers.nodeName)}: its attribute ${ignored.join(", ")} is left out, since ssm-node-endpoints is "ignore", from ${source}`;
}
