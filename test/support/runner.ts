import { randomBytes } from "node:crypto";
import {
  composePage,
  composeRunner,
} from "../../src/command/runner/compose.ts";
import { parseReport } from "../../src/command/runner/report.ts";
import type { Report } from "../../src/command/runner/report.ts";
import type { RunnerRequest } from "../../src/command/runner/request.ts";
import {
  countPages,
  readFirstPage,
  readPage,
  readPlain,
  unpack,
} from "../../src/output/packed.ts";
import type { Captured } from "../../src/output/packed.ts";
import { toReply } from "./agent.ts";
import type { Ended, Node } from "./agent.ts";
import type { Case } from "./corpus.ts";

/** A request with a run id of its own: files run side by side, and a stop finds whoever has the id on the machine. */
export function request(
  command: string,
  more: Partial<RunnerRequest> = {},
): RunnerRequest {
  return {
    runId: randomBytes(12).toString("hex"),
    platform: "unix",
    command,
    timeoutSeconds: 60,
    graceSeconds: 2,
    variables: new Map(),
    maxBytes: 8 * 1024 * 1024,
    live: false,
    ...more,
  };
}

/** The request that a case of the corpus is. */
export function toRequest(
  wanted: Case,
  more: Partial<RunnerRequest> = {},
): RunnerRequest {
  const { shell, workingDirectory } = wanted;
  return request(wanted.command, {
    ...(shell === undefined ? {} : { shell }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    variables: new Map(Object.entries(wanted.variables ?? {})),
    ...more,
  });
}

export type Collected = {
  report: Report | undefined;
  captured: Captured;
  ended: Ended;
  pages: number;
};

/** Runs it on the node and fetches its whole output, as a caller without CloudWatch does. */
export async function runWhole(
  node: Node,
  wanted: RunnerRequest,
): Promise<Collected> {
  return collectWhole(
    node,
    wanted.runId,
    await node.run(composeRunner(wanted)),
  );
}

/** The output that a runner's or a recovery's reply announces, further pages included. */
export async function collectWhole(
  node: Node,
  runId: string,
  ended: Ended,
): Promise<Collected> {
  const reply = toReply(ended);
  const report = parseReport(reply.stdout, runId);
  if (report?.kind !== "ended" || report.delivery.kind === "live") {
    const captured = { stdout: Buffer.alloc(0), stderr: ended.stderr };
    return { report, ended, captured, pages: 0 };
  }
  if (report.delivery.kind === "plain") {
    return { report, ended, captured: readPlain(report, reply), pages: 1 };
  }
  const { packBytes } = report.delivery;
  const parts = [readFirstPage(packBytes, reply)];
  const pages = countPages(packBytes);
  for (let page = 1; page < pages; page++) {
    const last = page === pages - 1;
    const text = composePage({ runId, platform: "unix", page, last });
    // one after the other: the last one removes the files
    parts.push(readPage(packBytes, page, toReply(await node.run(text))));
  }
  return { report, ended, captured: unpack(report, parts), pages };
}
