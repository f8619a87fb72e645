import { BridgeError } from "../kernel/errors.ts";
import type { Resume } from "./shell.ts";

/** What a client of a sidecar that died or hangs tells the process that it becomes. */
export type Handover = {
  /** The run that is gone on with; absent where it had told nothing, so that nothing was sent. */
  resume?: Resume;
  /** How long ago Rundeck has killed the job. */
  killedMsAgo?: number;
  /** A descriptor on which the client waits for a line: that a signal is heard, and does not end this process. */
  listens?: number;
};

const form = /^(-|[A-Za-z0-9_.:-]+) (\d{1,15}) (\d{1,15})$/;

/**
 * Takes the handover out of the environment, where no program that this process starts needs it:
 * `RUNDECK_SSM_RESUME="<trace> <stdout bytes> <stderr bytes>"`, the trace being `-` where the run told none, and `RUNDECK_SSM_KILLED`,
 * the ms since Rundeck's signal, and `RUNDECK_SSM_LISTENS`. Throws `defect` for one that can't be read: the command may have been sent, and must not be again.
 */
export function takeHandover(environment: NodeJS.ProcessEnv): Handover {
  const {
    RUNDECK_SSM_RESUME: resume,
    RUNDECK_SSM_KILLED: killed,
    RUNDECK_SSM_LISTENS: listens,
  } = environment;
  delete environment["RUNDECK_SSM_RESUME"];
  delete environment["RUNDECK_SSM_KILLED"];
  delete environment["RUNDECK_SSM_LISTENS"];
  return {
    ...(resume === undefined ? {} : parseResume(resume)),
    ...(killed === undefined ? {} : { killedMsAgo: parseKilled(killed) }),
    ...(listens === undefined ? {} : { listens: Number(listens) }),
  };
}

function parseResume(text: string): { resume?: Resume } {
  const [, trace, stdoutBytes, stderrBytes] = form.exec(text) ?? [];
  if (trace === undefined) throw unreadable("RUNDECK_SSM_RESUME", text);
  const bytes = {
    stdoutBytes: Number(stdoutBytes),
    stderrBytes: Number(stderrBytes),
  };
  return trace === "-" ? {} : { resume: { trace, ...bytes } };
}

function parseKilled(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw unreadable("RUNDECK_SSM_KILLED", text);
}

function unreadable(name: string, text: string): BridgeError {
  return new BridgeError(
    "defect",
    `${name} is ${JSON.stringify(text)}, which says nothing of the run to go on with; nothing was sent again, and what was sent may be running; please report it with the version and this line`,
  );
}
