import type { StepList } from "../../aws/documents.ts";
import type { Invocation } from "../../aws/ssm.ts";
import type { Logs } from "../../aws/logs.ts";
import type { StreamName } from "../../output/chunk.ts";
import type { LogRun } from "../log-run.ts";
import type { Run } from "../watch.ts";
import { openBell } from "./bell.ts";
import type { Bell } from "./bell.ts";

/** Where steps are told of, and where their output comes from. */
export type StepSource = {
  /** What AWS shows of the command; undefined just after a send. Throws as any call does. */
  list(signal: AbortSignal): Promise<StepList | undefined>;
  /** The group that the node writes to while it runs. */
  logs?: { group: string; settleMs: number };
};

/** Stands for all of a command whose steps AWS does not tell. */
export const namelessStep = "";

/** A command's steps, as far as they are known and shown. */
export type Steps = {
  run: Run;
  source: StepSource;
  listing: StepList;
  /** AWS has said that the command has ended. */
  isEnded: boolean;
  /** Rung when AWS has told something. */
  bell: Bell;
  /** Steps of which all has been shown. */
  shown: Set<string>;
  /** What SSM has of those that have ended. */
  replies: Map<string, Invocation>;
  /** Those that come through the log group. */
  logRuns: Map<string, LogRun>;
  openLogs(): Promise<Logs>;
  write: StepWriter;
};

/** Hands on a step's output, under its name where there are several. */
export type StepWriter = {
  write(name: string, stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** A line about a step, in the place of its name if that has not been shown yet. */
  close(name: string, words: string): Promise<void>;
};

export function openSteps(run: Run, source: StepSource): Steps {
  let logs: Promise<Logs> | undefined;
  const steps: Steps = {
    run,
    source,
    listing: { status: "Pending", steps: [] },
    isEnded: false,
    bell: openBell(),
    shown: new Set(),
    replies: new Map(),
    logRuns: new Map(),
    openLogs: () => (logs ??= run.ports.openLogs()),
    write: openWriter(run, () => steps.listing.steps.length > 1),
  };
  return steps;
}

const newline = "\n".charCodeAt(0);

function openWriter(
  { delivery }: Pick<Run, "delivery">,
  areSeveral: () => boolean,
): StepWriter {
  const titled = new Map<string, Promise<void>>();
  let isAtLineStart = true;
  const hand = (stream: StreamName, bytes: Uint8Array) => {
    if (stream === "stdout" && bytes.length > 0)
      isAtLineStart = bytes.at(-1) === newline;
    return delivery.write(stream, bytes);
  };
  const line = (text: string) =>
    hand("stdout", Buffer.from(`${isAtLineStart ? "" : "\n"}${text}\n`));
  const title = async (name: string) => {
    const done = titled.get(name) ?? line(`== ${name} ==`);
    titled.set(name, done);
    await done;
  };
  return {
    write: async (name, stream, bytes) => {
      if (bytes.length === 0) return;
      if (areSeveral()) await title(name);
      await hand(stream, bytes);
    },
    close: async (name, words) => {
      if (!areSeveral()) return;
      const isPlain = words === "Success" && titled.has(name);
      if (!isPlain) await line(`== ${name} == ${words}`);
    },
  };
}
