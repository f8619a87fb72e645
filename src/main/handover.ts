import { BridgeError } from "../kernel/errors.ts";
import type { Resume } from "./shell.ts";

/** What a client of a sidecar that died or hangs tells the process that it becomes. */
export type Handover = {
  /** The run that is gone on with; absent where it had told nothing, so that nothing was sent. */
  resume?: Resume;
  /** The outputs that stand within a line. */
  unended?: ("stdout" | "stderr")[];
  /** How long ago Rundeck has killed the job. */
  killedMsAgo?: number;
  /** A descriptor on which the client waits for a line: that a signal is heard, and does not end this process. */
  listens?: number;
};

const form =
  /^(?<trace>[A-Za-z0-9_.:-]+) (?<out>\d{1,15}) (?<err>\d{1,15}) (?:\.|(?<unended>o|e|oe|eo))$/;

/**
 * Takes the handover out of the environment, where no program that this process starts needs it:
 * `RUNDECK_SSM_RESUME="<trace> <stdout bytes> <stderr bytes> <unended>"`, the trace being `-` where the run told none, unended `o` or `e`
 * for each output whose last line has no end, else `.`; `RUNDECK_SSM_KILLED`, the ms since Rundeck's signal; and `RUNDECK_SSM_LISTENS`.
 * Throws `defect` for one that can't be read: the command may have been sent, and must not be again.
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

function parseResume(text: string): Pick<Handover, "resume" | "unended"> {
  const { trace, out, err, unended } = form.exec(text)?.groups ?? {};
  if (trace === undefined) throw unreadable("RUNDECK_SSM_RESUME", text);
  const bytes = { stdoutBytes: Number(out), stderrBytes: Number(err) };
  const streams = { o: "stdout", e: "stderr" } as const;
  return {
    ...(trace === "-" ? {} : { resume: { trace, ...bytes } }),
    unended: ["o" as const, "e" as const]
      .filter((letter) => unended?.includes(letter))
      .map((letter) => streams[letter]),
  };
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
