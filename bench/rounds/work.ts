/** What the jobs of a round run: commands of which it is known what they print and how they end. */
export type Work = {
  kind: WorkKind;
  /** How long the command takes. */
  seconds: number;
  exitCode: number;
};

export const workKinds = [
  "short",
  "large",
  "bucket",
  "live",
  "log group",
] as const;

export type WorkKind = (typeof workKinds)[number];

/** Both are made at the start of the local AWS. */
export const store = "rounds";

export const settingsOf: Record<WorkKind, Record<string, string>> = {
  short: {},
  large: {},
  bucket: {
    RD_CONFIG_SSM_OUTPUT_BUCKET: store,
    RD_CONFIG_SSM_OUTPUT_LIMIT: "1000",
  },
  live: { RD_CONFIG_SSM_LIVE_OUTPUT: "true" },
  "log group": { RD_CONFIG_CLOUDWATCH_LOG_GROUP: store },
};

const ticks = 12;
const largeLines = 30_000;

/** The command writes to `record`, a file beside it on its node, when it began and when it ended: one line for each run. */
export function composeCommand(work: Work, record: string): string {
  const note = (word: string) => `echo ${word} $(date +%s%3N) >>${record}`;
  const body = {
    short: `echo out; echo err >&2; sleep ${work.seconds}; echo end`,
    large: `sleep ${work.seconds}; seq ${largeLines}; seq 2000 >&2`,
    bucket: `seq ${largeLines}; sleep ${work.seconds}; echo end`,
    live: tick(work.seconds),
    "log group": tick(work.seconds),
  }[work.kind];
  return `${note("began")}; ${body}; ${note("ended")}; exit ${work.exitCode}`;
}

function tick(seconds: number): string {
  const pause = (seconds / ticks).toFixed(2);
  return `for i in $(seq ${ticks}); do echo tick $i; echo err $i >&2; sleep ${pause}; done`;
}

export function expectOutput({ kind }: Work): {
  stdout: string;
  stderr: string;
} {
  switch (kind) {
    case "short":
      return { stdout: "out\nend\n", stderr: "err\n" };
    case "large":
      return {
        stdout: countTo(largeLines, ""),
        stderr: countTo(2_000, ""),
      };
    case "bucket":
      return { stdout: `${countTo(largeLines, "")}end\n`, stderr: "" };
    case "live":
    case "log group":
      return {
        stdout: countTo(ticks, "tick "),
        stderr: countTo(ticks, "err "),
      };
  }
}

function countTo(count: number, before: string): string {
  return Array.from({ length: count }, (_, i) => `${before}${i + 1}\n`).join(
    "",
  );
}
