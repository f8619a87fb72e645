import { cp, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { startLocalAws } from "../../src/local/local-aws.ts";
import { instancesOf } from "../../src/local/requests.ts";
import type { RequestRecord } from "../../src/local/requests.ts";
import { checkRound, listPrivate } from "./check.ts";
import { drawRound, mostExecutions } from "./draw.ts";
import { playRound, signalIfThere } from "./play.ts";
import { findOurs } from "./server.ts";
import type { Server } from "./server.ts";
import { store } from "./work.ts";

export const laneSchema = z.object({
  mode: z.enum(["auto", "off"]),
  seed: z.number(),
  /** Which rounds. */
  indices: z.array(z.number()),
  /** The plugin's folder, of which the lane makes a copy. */
  contents: z.string(),
  /** The lane's own, made by it. */
  folder: z.string(),
});

export const roundSchema = z.object({
  index: z.number(),
  kind: z.string(),
  executions: z.number(),
  /** Whether there was anybody to be killed. */
  hit: z.boolean(),
  complaints: z.array(z.string()),
});

export type Lane = z.infer<typeof laneSchema>;
export type Round = z.infer<typeof roundSchema>;

/** Plays rounds one after the other with a Rundeck server, this process, and an AWS of its own. */
export async function playLane(
  lane: Lane,
  told: (round: Round) => void,
): Promise<void> {
  const at = (name: string) => path.join(lane.folder, name);
  await mkdir(at("home"), { recursive: true });
  await cp(lane.contents, at("contents"), { recursive: true });
  await using aws = await startLocalAws({
    nodes: mostExecutions,
    bucket: store,
    logGroup: store,
    folder: at("aws"),
  });
  const server: Server = {
    mode: lane.mode,
    contents: at("contents"),
    home: at("home"),
    aws,
    awsFolder: at("aws"),
  };
  for (const index of lane.indices) {
    const draw = drawRound(lane.seed, index, lane.mode);
    const played = await playRound(server, draw);
    const complaints = await checkRound(server, draw, played);
    told({
      index,
      kind: draw.kill.kind,
      executions: played.executions.length,
      hit: played.hit !== undefined,
      complaints:
        complaints.length === 0
          ? complaints
          : [...complaints, ...tellRequests(aws.requests)],
    });
    // what this round has left is not the next one's
    for (const file of await listPrivate(server))
      await rm(file, { recursive: true, force: true });
    aws.requests.splice(0);
  }
  const { sidecars } = await findOurs(server);
  for (const pid of sidecars) signalIfThere(pid, "SIGTERM");
}

/** What AWS was asked in a round that went wrong. */
function tellRequests(requests: readonly RequestRecord[]): string[] {
  return requests
    .filter(({ operation }) => !operation.startsWith("Describe"))
    .map(
      (request) =>
        `${new Date(request.atMs).toISOString()} ${request.operation} ${instancesOf(request).join(" ")} ${commentOf(request)}: ${request.outcome ?? "not answered"}`,
    );
}

function commentOf({ input }: RequestRecord): string {
  const values =
    typeof input === "object" && input !== null ? Object.entries(input) : [];
  return values
    .filter(([name]) => name === "Comment" || name === "CommandId")
    .map(([, value]) => String(value))
    .join(" ");
}
