import { BridgeError } from "../kernel/errors.ts";

/** What a run tells before it goes further, so that another process can go on with it should its own die. */
export type Trace = {
  /** Told before the send: the command is found by it. */
  runId: string;
  /** Told after the send. */
  commandId?: string;
  /** Told before the output goes through a bucket: the last part of its object's key. */
  objectName?: string;
};

/** Resolves when nothing but the end of the machine can lose what was told. */
export type Tell = (trace: Trace) => Promise<void>;

export function writeTrace({ runId, commandId, objectName }: Trace): string {
  return [runId, commandId, objectName]
    .filter((word) => word !== undefined)
    .join(":");
}

const form = /^([0-9a-f]{24})(?::([A-Za-z0-9-]+)(?::([0-9a-f]{32}))?)?$/;

/** Throws `defect` for what no run of this version has told: its command may have been sent, and must not be again. */
export function parseTrace(word: string): Trace {
  const [, runId, commandId, objectName] = form.exec(word) ?? [];
  if (runId === undefined) throw unreadableTrace(word);
  return {
    runId,
    ...(commandId === undefined ? {} : { commandId }),
    ...(objectName === undefined ? {} : { objectName }),
  };
}

/** The error for a run that can't be taken over: what it had sent is not known, and is not sent again. */
export function unreadableTrace(word: string): BridgeError {
  return new BridgeError(
    "defect",
    `the run of a process that died can't be gone on with: ${JSON.stringify(word)} tells nothing of it; nothing was sent again, and what was sent may be running; please report it with the version and this line`,
  );
}
