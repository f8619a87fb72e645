import { open } from "node:fs/promises";
import { type LocalClock, sleep } from "../clock.ts";
import { AwsFault } from "../protocol.ts";
import { batchEvents, callBytes } from "./log-events.ts";

/** A node's own calls to CloudWatch Logs, with its role. */
export type LogCalls = (operation: string, input: object) => Promise<object>;

/** How long the agent takes for what it does beside the command. Source: SSM agent 3.3, observed. */
export type AgentTimings = {
  logTickMs: number;
  /** Added after the command's end for each stream that had output. */
  logSettleMs: number;
  /** Added when events are refused. */
  logStuckMs: number;
  /** Added when the bucket for output does not exist. */
  missingBucketMs: number;
};

export const observedTimings: AgentTimings = {
  logTickMs: 1_000,
  logSettleMs: 2_000,
  logStuckMs: 60_000,
  missingBucketMs: 7_000,
};

export type StreamSource = {
  file: string;
  logGroupName: string;
  logStreamName: string;
};

export type StreamTools = {
  calls: LogCalls;
  clock: LocalClock;
  timings: AgentTimings;
};

/** A stream that is being copied to CloudWatch while the command runs. */
export type LogCopy = {
  /** After the command's end: sends what is left and waits as the agent waits. */
  finish(): Promise<void>;
  /** The machine is gone: nothing more is sent. */
  abandon(): void;
};

type CopyState =
  | { kind: "fresh" }
  | { kind: "open" }
  /** The group is not there: the agent goes on without CloudWatch and says nothing. */
  | { kind: "off" }
  /** The node's role may not write: the agent tries on for a minute after the end. */
  | { kind: "refused" };

/** Sends what a growing file holds to a log stream, each second. */
export function copyToLogs(source: StreamSource, tools: StreamTools): LogCopy {
  let state: CopyState = { kind: "fresh" };
  let sentBytes = 0;
  let finished = false;
  let sending: Promise<void> = Promise.resolve();
  let forgetTick = scheduleTick();

  function scheduleTick(): () => void {
    return tools.clock.after(tools.timings.logTickMs, () => {
      sending = send("running").then(() => {
        if (!finished) forgetTick = scheduleTick();
      });
    });
  }

  async function send(phase: "running" | "ended"): Promise<void> {
    while (state.kind === "fresh" || state.kind === "open") {
      const unsent = await readFrom(source.file, sentBytes);
      const batch = batchEvents(unsent, phase);
      if (batch.messages.length === 0) return;
      state = await put(state, batch.messages);
      if (state.kind === "open") sentBytes += batch.consumedBytes;
    }
  }

  async function put(now: CopyState, messages: string[]): Promise<CopyState> {
    // CloudWatch takes no empty message: a last burst that was only a newline is tried until the agent gives up.
    if (messages.includes("")) return { kind: "refused" };
    try {
      if (now.kind === "fresh") await openStream(source, tools.calls);
      await putEvents(source, tools, messages);
      return { kind: "open" };
    } catch (error) {
      if (!(error instanceof AwsFault)) throw error;
      return error.code === "ResourceNotFoundException"
        ? { kind: "off" }
        : { kind: "refused" };
    }
  }

  function abandon(): void {
    finished = true;
    forgetTick();
  }

  return {
    abandon,
    finish: async () => {
      abandon();
      await sending;
      await send("ended");
      const waits = {
        fresh: 0,
        off: 0,
        open: "logSettleMs",
        refused: "logStuckMs",
      } as const;
      const wait = waits[state.kind];
      if (wait !== 0) await sleep(tools.clock, tools.timings[wait]);
    },
  };
}

async function openStream(
  { logGroupName, logStreamName }: StreamSource,
  calls: LogCalls,
): Promise<void> {
  await calls("CreateLogStream", { logGroupName, logStreamName }).catch(
    (error: unknown) => {
      if (!isFault(error, "ResourceAlreadyExistsException")) throw error;
    },
  );
  await calls("DescribeLogStreams", {
    logGroupName,
    logStreamNamePrefix: logStreamName,
  });
}

async function putEvents(
  { logGroupName, logStreamName }: StreamSource,
  { calls, clock }: StreamTools,
  messages: string[],
): Promise<void> {
  const timestamp = clock.now();
  await calls("PutLogEvents", {
    logGroupName,
    logStreamName,
    logEvents: messages.map((message) => ({ timestamp, message })),
  });
}

/** The agent always tries to make the group, also where it exists or where it may not. */
export async function createLogGroup(
  logGroupName: string,
  calls: LogCalls,
): Promise<void> {
  await calls("CreateLogGroup", { logGroupName }).catch((error: unknown) => {
    if (!(error instanceof AwsFault)) throw error;
  });
}

function isFault(error: unknown, code: string): boolean {
  return error instanceof AwsFault && error.code === code;
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return Buffer.alloc(0);
  try {
    const buffer = Buffer.allocUnsafe(callBytes);
    const { bytesRead } = await handle.read(buffer, 0, callBytes, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
