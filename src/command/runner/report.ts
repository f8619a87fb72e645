/** How the command ended, as its runner saw it. */
export type Ending =
  | { kind: "exited"; exitCode: number }
  | { kind: "timeout" }
  /** Recovered by a follow-up: nobody saw an end. `from` the runner's private files, or what the agent was given. */
  | { kind: "unseen"; from: "runner" | "agent" };

/** Where the output is. */
export type Delivery =
  /** In SSM's own reply, as it is. */
  | { kind: "plain" }
  /** In pages of `packBytes`, the first of them in this reply. `isRaw`: as it is, from a node without gzip. */
  | { kind: "packed"; packBytes: number; isRaw?: true }
  /** In the CloudWatch streams. */
  | { kind: "live" };

/** Why the runner did not start the command. */
export type Refusal =
  | "no-user"
  | "no-switch"
  | "no-directory"
  | "no-room"
  | "no-shell"
  | "no-tool"
  /** PowerShell is restricted by policy. */
  | "no-language"
  /** Something failed before the command began. */
  | "no-start";

/** The runner's last line. */
export type Report =
  | {
      kind: "ended";
      ending: Ending;
      delivery: Delivery;
      stdoutBytes: number;
      stderrBytes: number;
      /** Of stdout and stderr, one after the other; absent where the node has no SHA-256. */
      sha256?: string;
      /**
       * The same of the command's whole output from its first byte, also where a recovery sends only the rest: what a caller
       * has delivered by all ways together has to match it. Absent where nobody knows (a recovery from what the agent kept).
       */
      whole?: Whole;
      /** The streams of which only the first `maxBytes` were kept. */
      cut: readonly ("stdout" | "stderr")[];
      /** The private files did not take everything. */
      incomplete: boolean;
      /** The node's disk was full there: why it is incomplete. */
      diskFull?: { folder: string };
      /** Of a command that was ended, some process lives on. */
      left?: true;
      /** What Windows puts before or behind a `#!`, and no shell shows: in the command, or in the script that it begins with. */
      oddities?: readonly Oddity[];
    }
  | { kind: "refused"; reason: Refusal }
  /** A follow-up came too late, or to another node: nothing of the run is there. */
  | { kind: "gone" };

export type Oddity = "bom" | "crlf";

/** Sizes of both streams, and the SHA-256 of stdout and stderr, one after the other; absent where the node has none. */
export type Whole = {
  stdoutBytes: number;
  stderrBytes: number;
  sha256?: string;
};

/** The runner's account of a command that it ran. */
export type Ended = Extract<Report, { kind: "ended" }>;

/** The last line of the runner in what SSM says of its stdout; undefined if it isn't there (whole). */
export function parseReport(stdout: string, runId: string): Report | undefined {
  const mark = `[rundeck-ssm ${runId} `;
  const start = stdout.lastIndexOf(mark);
  const end = stdout.indexOf("]", start);
  if (start < 0 || end < 0) return undefined;
  return parseReportBody(stdout.slice(start + mark.length, end));
}

const refusals: readonly Refusal[] = [
  "no-user",
  "no-switch",
  "no-directory",
  "no-room",
  "no-shell",
  "no-tool",
  "no-language",
  "no-start",
];

/** How a node has sent its packed output to a bucket: the program that did; undefined if none could. */
export function readSent(stdout: string, runId: string): string | undefined {
  const mark = `[rundeck-ssm ${runId} sent=`;
  const start = stdout.indexOf(mark);
  if (start < 0) return undefined;
  const tool = stdout.slice(start + mark.length, stdout.indexOf("]", start));
  return tool === "" || tool === "gone" ? undefined : tool;
}

/** What a follow-up that ends a command says: whether some process of it lives on; undefined if it says nothing. */
export function readLeft(stdout: string, runId: string): boolean | undefined {
  const mark = `[rundeck-ssm ${runId} left=`;
  const start = stdout.lastIndexOf(mark);
  if (start < 0) return undefined;
  return stdout.slice(start + mark.length).startsWith("1]");
}

/** What is between `[rundeck-ssm RUN ` and `]`. */
export function parseReportBody(body: string): Report | undefined {
  const fields = new Map(
    body.split(" ").map((word) => {
      const [key = "", value = ""] = word.split("=", 2);
      return [key, value];
    }),
  );
  if (fields.has("gone")) return { kind: "gone" };
  const reason = refusals.find((known) => known === fields.get("refused"));
  if (reason !== undefined) return { kind: "refused", reason };
  return parseEnded(fields);
}

function parseEnded(fields: ReadonlyMap<string, string>): Report | undefined {
  const notes = (fields.get("note") ?? "").split(",");
  const ending = parseEnding(fields, notes);
  const delivery = parseDelivery(fields);
  const stdoutBytes = parseCount(fields.get("out"));
  const stderrBytes = parseCount(fields.get("err"));
  if (!ending || !delivery) return undefined;
  if (stdoutBytes === undefined || stderrBytes === undefined) return undefined;
  const sum = parseSum(fields.get("sum"));
  const whole = parseWhole(fields, ending, {
    stdoutBytes,
    stderrBytes,
    ...sum,
  });
  const oddities = (["bom", "crlf"] as const).filter((oddity) =>
    notes.includes(oddity),
  );
  const cut = (["stdout", "stderr"] as const).filter((stream) =>
    notes.includes(stream === "stdout" ? "cut-out" : "cut-err"),
  );
  return {
    kind: "ended",
    ending,
    delivery,
    stdoutBytes,
    stderrBytes,
    ...sum,
    ...(whole ? { whole } : {}),
    cut,
    incomplete: notes.includes("incomplete"),
    ...(notes.includes("full")
      ? { diskFull: { folder: fields.get("at") ?? "the output" } }
      : {}),
    ...(fields.get("left") === "1" ? { left: true } : {}),
    ...(oddities.length > 0 ? { oddities } : {}),
  };
}

function parseSum(text: string | undefined): { sha256?: string } {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text)
    ? { sha256: text }
    : {};
}

/** `whole=OUT,ERR,SUM`. What a runner itself says of its command's end is of all anyway. */
function parseWhole(
  fields: ReadonlyMap<string, string>,
  ending: Ending,
  sent: Whole,
): Whole | undefined {
  const [out, err, sum] = (fields.get("whole") ?? "").split(",");
  const stdoutBytes = parseCount(out);
  const stderrBytes = parseCount(err);
  if (stdoutBytes !== undefined && stderrBytes !== undefined)
    return { stdoutBytes, stderrBytes, ...parseSum(sum) };
  return ending.kind === "unseen" ? undefined : sent;
}

function parseEnding(
  fields: ReadonlyMap<string, string>,
  notes: readonly string[],
): Ending | undefined {
  if (notes.includes("recovered")) return { kind: "unseen", from: "runner" };
  if (notes.includes("agent")) return { kind: "unseen", from: "agent" };
  if (notes.includes("timeout")) return { kind: "timeout" };
  const exitCode = Number(fields.get("exit") || Number.NaN);
  return Number.isInteger(exitCode) ? { kind: "exited", exitCode } : undefined;
}

function parseDelivery(
  fields: ReadonlyMap<string, string>,
): Delivery | undefined {
  const form = fields.get("form");
  if (form === "plain" || form === "live") return { kind: form };
  const packBytes = parseCount(fields.get("pack"));
  return form === "packed" && packBytes !== undefined
    ? {
        kind: "packed",
        packBytes,
        ...(fields.get("raw") === "1" ? { isRaw: true } : {}),
      }
    : undefined;
}

function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
