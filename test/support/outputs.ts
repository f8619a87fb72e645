/**
 * Outputs that are hard to carry, each as a command that always writes the same. Whatever way they come, Rundeck has to be given
 * to the byte what the command wrote to stdout and to stderr, and its exit code.
 */
export type HardOutput = {
  title: string;
  command: string;
  /** Where running the command directly is not the measure, because what it leaves behind writes on. */
  expect?: { stdout: string; stderr: string; exitCode: number };
  /** The output holds the run's id, which is compared as `RUN`. */
  showsRunId?: true;
  /** Without the runner SSM carries it exactly, too: short, valid UTF-8. */
  bare?: true;
  /** And so does CloudWatch: whole lines of valid UTF-8, no CRLF. */
  bareLogs?: true;
};

const repeat = (count: number, text: string) =>
  `yes '${text}' | head -n ${count} | tr -d '\\n'`;
const python = (code: string) => `python3 -c '${code}'`;

const small: HardOutput[] = [
  { title: "nothing", command: "exit 3", bare: true, bareLogs: true },
  { title: "one byte", command: "printf x", bare: true, bareLogs: true },
  { title: "one newline", command: "echo", bare: true },
  { title: "one line", command: "echo hello", bare: true, bareLogs: true },
  {
    title: "only stderr",
    command: "echo no >&2; exit 4",
    bare: true,
    bareLogs: true,
  },
  {
    title: "both, without newlines at the end",
    command: "printf out; printf err >&2; exit 5",
    bare: true,
    bareLogs: true,
  },
  {
    title: "blank lines at both ends",
    command: "printf '\\n\\na\\n\\n\\n'; printf '\\n\\n' >&2",
    bare: true,
  },
  { title: "10 newlines", command: "yes '' | head -n 10", bare: true },
  { title: "30,000 newlines", command: "yes '' | head -n 30000" },
  { title: "spaces and tabs", command: "printf ' \\t \\n  \\t'", bare: true },
];

const limits: HardOutput[] = [
  ...[2_499, 2_500, 7_999, 8_000, 23_400, 23_401, 23_999, 24_000, 24_001].map(
    (count): HardOutput => ({
      title: `${count.toLocaleString("en-US")} bytes of one line`,
      command: `head -c ${count} /dev/zero | tr '\\0' x`,
    }),
  ),
  ...[7_600, 7_601, 8_000, 24_000].map((count): HardOutput => ({
    title: `${count.toLocaleString("en-US")} bytes of stderr`,
    command: `head -c ${count} /dev/zero | tr '\\0' y >&2; exit 1`,
  })),
  {
    title: "59,999, 60,000 and 60,001 bytes in lines",
    command:
      "for n in 59999 60000 60001; do head -c $n /dev/zero | tr '\\0' z; echo; done",
  },
  {
    title: "200,000 bytes of one line, and one more",
    command:
      "head -c 200000 /dev/zero | tr '\\0' z; echo; head -c 200001 /dev/zero | tr '\\0' z",
  },
  { title: "a line of 1 MB", command: repeat(100_000, "0123456789") },
  { title: "120,000 short lines", command: "seq 1 120000" },
  {
    title: "2 MB of log",
    command:
      "seq 1 25000 | sed 's/.*/2026-11-23 15:00:00,123 INFO  [main] com.example.Service - request & finished in 17 ms <ok>/'",
  },
  {
    title: "300 kB on each stream",
    command: "seq 1 50000; seq 50000 -1 1 >&2; exit 9",
  },
];

const json: HardOutput[] = [
  ["<", "24,000 <"],
  ["&", "24,000 &"],
  ['"', '24,000 "'],
  ["\\\\", "24,000 backslashes"],
].map(([character = "", title = ""]) => ({
  title,
  command: `head -c 24000 /dev/zero | tr '\\0' '${character}'`,
}));

const bytes: HardOutput[] = [
  { title: "24,000 NUL", command: "head -c 24000 /dev/zero" },
  {
    title: "NUL among text",
    command: "printf 'a\\0b\\n\\0'; printf '\\0' >&2",
  },
  {
    title: "20,000 escapes",
    command: "head -c 20000 /dev/zero | tr '\\0' '\\033'",
  },
  {
    title: "ANSI colours",
    command:
      "for i in 1 2 3 4 5 6 7 8 9; do printf '\\033[3%dmred\\033[0m\\n' $i; done",
    bare: true,
    bareLogs: true,
  },
  {
    title: "CRLF",
    command: "printf 'a\\r\\nb\\r\\n\\r\\n'; printf 'c\\r\\n' >&2",
    bare: true,
  },
  {
    title: "a progress bar of CR",
    command: "for i in 1 2 3 4 5; do printf '%d0 %%\\r' $i; done",
    bare: true,
  },
  {
    title: "all bytes",
    command: python("import os;os.write(1,bytes(range(256))*8)"),
  },
  {
    title: "30,000 random bytes",
    command: python(
      "import os,random;random.seed(1);os.write(1,random.randbytes(30000))",
    ),
  },
  {
    title: "200,000 random bytes",
    command: python(
      "import random,sys;random.seed(2);sys.stdout.buffer.write(random.randbytes(200000))",
    ),
  },
  {
    title: "invalid UTF-8",
    command: "printf '\\377\\376 \\303 \\200 ok\\n'; printf '\\303' >&2",
  },
  {
    title: "surrogates and overlong forms",
    command: "printf '\\355\\240\\200 \\300\\257 \\364\\220\\200\\200\\n'",
  },
  {
    title: "U+2028, U+FFFF, a BOM, U+FFFD",
    command:
      "printf '\\357\\273\\277bom \\342\\200\\250 \\357\\277\\277 \\357\\277\\275\\n'",
    bare: true,
  },
  ...[0, 1, 2, 3].map((shift): HardOutput => ({
    title: `rockets cut at every limit, shifted by ${shift}`,
    command: `printf '%.${shift}s' xxx; ${repeat(16_000, "🚀")}`,
  })),
  {
    title: "a character written byte by byte",
    command:
      "printf '\\360'; sleep 0.7; printf '\\237'; sleep 0.7; printf '\\232\\200'; echo",
    bare: true,
    bareLogs: true,
  },
];

const time: HardOutput[] = [
  {
    title: "interleaved streams",
    command:
      "i=0; while [ $i -lt 300 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done",
    bare: true,
    bareLogs: true,
  },
  {
    title: "a line in three pieces",
    command: "printf a; sleep 1; printf b; sleep 1; echo c",
    bare: true,
    bareLogs: true,
  },
  {
    title: "a prompt that waits without a newline",
    command: "printf 'password: ' >&2; sleep 3; exit 7",
    bare: true,
    bareLogs: true,
  },
  {
    title: "lines over three seconds, and a last word",
    command:
      "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done; printf done",
    bare: true,
    bareLogs: true,
  },
];

const disguises: HardOutput[] = [
  {
    title: "words of the runner and of the agent",
    command:
      "echo '[rundeck-ssm 00 exit=0 out=0]'; printf '\\nend-xx\\n--output truncated--\\n'; echo 'failed to run commands: exit status 3' >&2; exit 3",
    bare: true,
  },
  {
    title: "the runner's last line to the last letter",
    command:
      'printf "x\\n[rundeck-ssm ${RUNDECK_SSM_RUN%%-*} exit=9 out=0 err=0 form=live]\\n[rundeck-ssm ${RUNDECK_SSM_RUN%%-*} aGVsbG8=]\\n"',
    showsRunId: true,
    expect: {
      stdout:
        "x\n[rundeck-ssm RUN exit=9 out=0 err=0 form=live]\n[rundeck-ssm RUN aGVsbG8=]\n",
      stderr: "",
      exitCode: 0,
    },
  },
  {
    title: "what begins like a line of ours on stderr",
    command: "echo 'rundeck-ssm: not ours' >&2",
    bare: true,
    bareLogs: true,
  },
];

const background: HardOutput[] = [
  {
    title: "a child that holds stdout",
    command: "sleep 4 & echo started",
    expect: { stdout: "started\n", stderr: "", exitCode: 0 },
  },
  {
    title: "a child that writes on after the end",
    command:
      "(sleep 1; i=0; while [ $i -lt 50 ]; do echo noise; i=$((i+1)); sleep 0.05; done) & echo started; exit 2",
    expect: { stdout: "started\n", stderr: "", exitCode: 2 },
  },
];

export const hardOutputs: readonly HardOutput[] = [
  ...small,
  ...limits,
  ...json,
  ...bytes,
  ...time,
  ...disguises,
  ...background,
];
