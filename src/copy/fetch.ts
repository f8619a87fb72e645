import type { Answer, WayResult } from "./answer.ts";
import { BridgeError } from "../kernel/errors.ts";
import { regionHost } from "../kernel/partition.ts";
import { unexpected } from "./inline.ts";
import { scriptWork } from "./run-script.ts";
import type { Node } from "./node.ts";
import type { Work } from "./run-script.ts";
import { composeFetch } from "./script.ts";
import type { Destination } from "./request.ts";
import type { Staged } from "./stage.ts";

/** What the SSM agent's own download shows its script's output under. Source: SSM agent 3.3, observed. */
const scriptPlugins = {
  unix: "aws:runShellScript",
  windows: "aws:runPowerShellScript",
} as const;

/** Who fetches the object, and by what right: the node's role, the SSM agent with it, or whoever has a presigned URL. */
const ways = ["role", "agent", "link"] as const;
type Way = (typeof ways)[number];

/** What came of it: the file is in its place, or no way leads to the object. */
export type Fetched =
  | (Extract<Answer, { kind: "copied" }> & { way: Way })
  | Omit<Extract<Answer, { kind: "stuck" }>, "links">;

/**
 * Makes the node fetch the staged object, and put it in its place: with the node's own role where it can, by the SSM agent
 * (AWS-RunRemoteScript) where it lacks the tools or knows no role, and by a presigned URL at last, since that would stand
 * in the command's parameters, for all to read who may read AWS's history.
 */
export async function fetchOnNode(
  node: Node,
  { staged, to, target }: { staged: Staged; to: Destination; target: string },
  signal: AbortSignal,
): Promise<Fetched> {
  const tried: WayResult[] = [];
  let links: readonly string[] = [];
  const said: string[] = [];
  for (const way of ways) {
    if (!isPromising(way, to, { tried, links })) continue;
    const work = await workOf(way, staged, to);
    const answer: Answer = await node
      .run(work, signal)
      .catch((error: unknown) => passOver(way, error));
    if (answer.kind === "copied") return { ...answer, way };
    if (answer.kind !== "stuck") throw unexpected({ target, to }, answer);
    tried.push(...answer.tried);
    if (way === "role") links = answer.links;
    if (answer.said !== "") said.push(answer.said);
  }
  return { kind: "stuck", tried, said: said.join("; ") };
}

/** Where AWS does not let us use AWS-RunRemoteScript, or does not have it, the next way may still lead there. */
function passOver(way: Way, error: unknown): Answer {
  const isRefused =
    error instanceof BridgeError &&
    (error.code === "access-denied" ||
      error.code === "setting-invalid" ||
      error.code === "aws-refused");
  if (way !== "agent" || !isRefused) throw error;
  return {
    kind: "stuck",
    tried: [{ way, how: "refused" }],
    links: [],
    said: "",
  };
}

/** The agent has the node's role, too: what the role is denied to the CLI, it is denied to the agent. */
function isPromising(
  way: Way,
  to: Destination,
  { tried, links }: { tried: readonly WayResult[]; links: readonly string[] },
): boolean {
  switch (way) {
    case "role":
      return true;
    case "agent":
      return isAbsolute(to) && !tried.some(({ how }) => how === "denied");
    case "link":
      return links.length > 0;
  }
}

/** The agent starts its own download's script in a folder of its own, where a relative path would lead elsewhere. */
function isAbsolute({ platform, path }: Destination): boolean {
  const start = platform === "windows" ? /^(?:[~/\\]|[A-Za-z]:)/ : /^[~/]/;
  return start.test(path);
}

async function workOf(
  way: Way,
  staged: Staged,
  to: Destination,
): Promise<Work> {
  const { bucket, key, region, sha256 } = staged;
  const content = { sha256 };
  switch (way) {
    case "role":
      return scriptWork(
        to,
        composeFetch(to, { kind: "role", bucket, key, region }, content),
      );
    case "link": {
      const url = (await staged.presign()).reveal();
      return scriptWork(to, composeFetch(to, { kind: "link", url }, content));
    }
    case "agent": {
      const object = key.slice(key.lastIndexOf("/") + 1);
      const path = `https://s3.${regionHost(region)}/${bucket}/${key}`;
      return {
        documentName: "AWS-RunRemoteScript",
        plugin: scriptPlugins[to.platform],
        parameters: {
          sourceType: ["S3"],
          sourceInfo: [JSON.stringify({ path })],
          commandLine: [composeFetch(to, { kind: "agent", object }, content)],
        },
      };
    }
  }
}
