/**
 * Commands that are hard to run faithfully or whose output is hard to carry. Whoever runs them has to get what running
 * them directly gives: stdout and stderr to the byte, and the exit code.
 */
export type Case = {
  title: string;
  command: string;
  variables?: Record<string, string>;
  workingDirectory?: string;
  shell?: string;
  /** What runs it directly, if it is neither `sh` nor the `#!` line. */
  interpreter?: readonly [string, ...string[]];
  /** Where running it directly is not the measure. An absent stream is not compared. */
  expect?: { stdout?: string; stderr?: string; exitCode: number };
  /** The shell itself complains on stderr, and names itself differently: its last words are compared. */
  complains?: true;
  /** It must not be held up by what it leaves in the background. */
  withinMs?: number;
};

const exitCodes: Case[] = [
  0, 1, 2, 3, 100, 124, 126, 127, 128, 129, 130, 137, 139, 143, 168, 194, 200,
  254, 255, 256,
].map((code) => ({
  title: `exit ${code}`,
  command: `echo before; exit ${code}`,
}));

const signals: Case[] = [
  ...["TERM", "KILL", "HUP", "INT", "QUIT", "PIPE", "SEGV", "USR1", "ABRT"].map(
    (signal) => ({
      title: `ends itself by ${signal}`,
      command: `echo x; kill -${signal} $$; sleep 1`,
    }),
  ),
  {
    title: "kills its own group",
    command: "echo x; kill -TERM 0; sleep 1; echo y",
  },
  {
    title: "a child is killed",
    command: "sh -c 'kill -9 $$'; echo rc $?",
    complains: true,
  },
  { title: "the last child is killed", command: "sh -c 'kill -9 $$'" },
  {
    title: "SIGPIPE does what it does by default",
    command: "yes | head -n 1; sh -c 'kill -PIPE $$; echo ignored'; echo $?",
  },
];

const syntax: Case[] = [
  { title: "set -e", command: "set -e; echo a; false; echo b" },
  { title: "exec", command: "exec echo replaced" },
  {
    title: "exec closes the streams",
    command: "exec >&- 2>&-; exit 5",
  },
  {
    title: "an EXIT trap",
    command: "trap 'echo bye; exit 9' EXIT; echo hi; exit 3",
  },
  {
    title: "a syntax error",
    command: "echo a\nif then fi",
    complains: true,
  },
  {
    title: "a program that is not there",
    command: "no-such-command-xyz",
    complains: true,
  },
  {
    title: "a file that can't be executed",
    command: "/etc/passwd",
    complains: true,
  },
  { title: "nothing", command: "" },
  { title: "only a comment", command: "# nothing" },
  {
    title: "every kind of quote",
    command: `echo 'it'\\''s' "q\\"q" '\\n' \\\\ $((1+1)) \`echo bt\` $(echo sub) ! ~ [a] {a,b}`,
  },
  {
    title: "dollars and braces",
    command: `a='x y'; echo "\${a}" \${a#x} '$a' "\\$a"; echo {{foo}} {{ commands }}`,
  },
  {
    title: "here-documents",
    command: "cat <<'EOF'\n$HOME `x` \\ '\"\nEOF\ncat <<E2\n$((3*4))\nE2",
  },
  {
    title: "an unterminated here-document",
    command: "cat <<EOF\nabc",
    complains: true,
  },
  { title: "an open quote", command: "echo 'abc", complains: true },
  {
    title: "a brace and a parenthesis too many",
    command: "}\necho )",
    complains: true,
  },
  { title: "a backslash at the end", command: "echo abc \\" },
  { title: "newlines at the end", command: "echo a\n\n\n" },
  { title: "CRLF in the command", command: "echo a\r\necho b\r\n" },
  {
    title: "tabs",
    command: "\tprintf '\\t[%s]\\n' \"$(printf 'a\\tb')\"",
  },
  { title: "unicode", command: "echo 'grüße 你好 🚀 é'" },
  { title: "a long line", command: `echo ${"x".repeat(9000)}` },
  {
    title: "900 lines",
    command: Array.from({ length: 900 }, (_, i) => `echo line ${i}`).join("\n"),
  },
  {
    title: "130 kB of command",
    command: `# ${"y".repeat(130_000)}\necho big`,
  },
];

const interpreters: Case[] = [
  {
    title: "#!/bin/bash",
    command:
      "#!/bin/bash\na=(1 2 3); echo ${#a[@]} ${BASH_VERSION:+bash}; exit 4",
  },
  {
    title: "#!/usr/bin/env python3",
    command:
      "#!/usr/bin/env python3\nimport sys\nprint('py', len(sys.argv)); sys.stderr.write('e'); sys.exit(42)",
  },
  {
    title: "#! with an option",
    command: "#!/bin/sh -e\necho a; false; echo b",
  },
  {
    title: "#!/usr/bin/awk -f",
    command: "#!/usr/bin/awk -f\nBEGIN { print 6*7; exit 3 }",
  },
  {
    title: "#! with spaces",
    command:
      "#! /bin/bash  -eu \necho $BASHOPTS | wc -l; echo $undefined_thing",
    complains: true,
  },
  {
    title: "#! of nothing",
    command: "#!/no/such/interp\necho x",
    expect: { stdout: "", exitCode: 127 },
  },
  {
    title: "ssm-shell: bash",
    command: "echo ${BASH_VERSION:+yes} ${a[1]}; a=(1 2); echo ${a[1]}",
    shell: "bash",
    interpreter: ["bash"],
  },
  {
    title: "ssm-shell: python3",
    command: "import sys\nprint(6 * 7)\nsys.exit(7)",
    shell: "/usr/bin/python3",
    interpreter: ["/usr/bin/python3"],
  },
  {
    title: "ssm-shell with an option",
    command: "echo a; false; echo b",
    shell: "bash -e",
    interpreter: ["bash", "-e"],
  },
  {
    title: "ssm-shell that is not there",
    command: "echo x",
    shell: "/bin/fish",
    expect: {
      stdout: "",
      stderr:
        "rundeck-ssm: ssm-shell: '/bin/fish' is no program on this node\n",
      exitCode: 78,
    },
  },
  {
    title: "ssm-shell that takes the command as an argument",
    command: 'echo $0 $# "it\'s"; nosuch; exit 3',
    shell: "bash -lc",
    expect: {
      stdout: "bash 0 it's\n",
      stderr: "bash: line 1: nosuch: command not found\n",
      exitCode: 3,
    },
  },
];

const surroundings: Case[] = [
  {
    title: "variables are passed as they are",
    command: 'printf \'%s|\' "$RD_A" "$RD_B" "$RD_C"',
    variables: {
      RD_A: 'it\'s "q" $x `y` \\',
      RD_B: "line1\nline2\n",
      RD_C: "  ",
    },
  },
  {
    title: "a working directory",
    command: "pwd; cd ..; pwd",
    workingDirectory: "/usr/lib",
  },
  {
    title: "a working directory that is not there",
    command: "pwd",
    workingDirectory: "/no/such",
    expect: {
      stdout: "",
      stderr:
        "rundeck-ssm: ssm-working-directory: '/no/such' is no directory that root can enter on this node\n",
      exitCode: 78,
    },
  },
  {
    title: "umask, stdin, no terminal, pipes",
    command:
      "umask; cat; tty; [ -t 1 ] || echo notty; [ -p /dev/stdout ] && echo pipe",
  },
  {
    title: "stdout and stderr opened by name",
    command:
      "echo a >&2; echo b >/dev/stderr; echo c >&2; echo d; echo e >/dev/stdout; echo f | tee /dev/stderr",
  },
  {
    title: "no variable of the runner is seen",
    command:
      "echo ${run-unset} ${spool-unset} ${code-unset} ${mask-unset} ${RUNDECK_X-unset}; exit $#",
  },
  {
    title: "no descriptor of the runner is seen",
    command:
      'for f in 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$f ] && [ ! "$(readlink /proc/$$/fd/$f)" = "$0" ] && echo open $f; done; :',
  },
  {
    title: "a file size limit",
    command:
      '(ulimit -f 1; head -c 5000 /dev/zero >"$TMPDIR/limited") 2>/dev/null; rm -f "$TMPDIR/limited"; echo ok',
  },
];

const endings: Case[] = [
  { title: "no output", command: ":" },
  { title: "no newline", command: "printf abc; printf def >&2" },
  { title: "only a newline", command: "echo" },
  {
    title: "only newlines",
    command: "yes '' | head -n 500; yes '' | head -n 30 >&2",
  },
  { title: "24,000 newlines", command: "yes '' | head -n 24000" },
  {
    title: "spaces at the end",
    command: "printf '  a  \\n   '; printf '\\n\\n ' >&2",
  },
];

const sizes: Case[] = [
  ...[
    2499, 2500, 2501, 7599, 7600, 7601, 8000, 8001, 23399, 23400, 23401, 23980,
    23999, 24000, 24001, 120000,
  ].map((bytes) => ({
    title: `${bytes} bytes of stdout`,
    command: `head -c ${bytes} /dev/zero | tr '\\0' a`,
  })),
  ...[7599, 7600, 7601, 8000, 8001, 24000, 60000].map((bytes) => ({
    title: `${bytes} bytes of stderr`,
    command: `head -c ${bytes} /dev/zero | tr '\\0' b >&2; exit 1`,
  })),
  {
    title: "both streams at the limit",
    command:
      "head -c 23400 /dev/zero | tr '\\0' a; head -c 7600 /dev/zero | tr '\\0' b >&2; exit 1",
  },
  {
    title: "24,000 <",
    command: "head -c 24000 /dev/zero | tr '\\0' '<'",
  },
  {
    title: "20,000 & and 7,000 >",
    command:
      "head -c 20000 /dev/zero | tr '\\0' '&'; head -c 7000 /dev/zero | tr '\\0' '>' >&2",
  },
  { title: "9,000 <", command: "head -c 9000 /dev/zero | tr '\\0' '<'" },
  {
    title: "11,000 quotes and backslashes",
    command:
      'i=0; while [ $i -lt 1100 ]; do printf \'"\\\\"\\\\"\\\\"\\\\"\\\\\'; i=$((i+1)); done',
  },
  {
    title: "30,000 random bytes",
    command: python(
      "import random,os;random.seed(1);os.write(1,random.randbytes(30000))",
    ),
  },
  {
    title: "200,000 random bytes",
    command: python(
      "import random,sys;random.seed(2);sys.stdout.buffer.write(random.randbytes(200000))",
    ),
  },
  { title: "a line of 1 MB", command: python('print("x"*1000000)') },
  {
    title: "2.5 MB of log",
    command:
      "seq 1 30000 | sed 's/.*/2026-11-23 15:00:00,123 INFO  [main] com.example.Service - request & finished in 17 ms <ok>/'",
  },
];

const oddBytes: Case[] = [
  { title: "24,000 NUL", command: "head -c 24000 /dev/zero" },
  { title: "one NUL", command: "printf 'a\\000b'" },
  {
    title: "NUL at the end",
    command: "printf 'ab\\000'; printf '\\000' >&2",
  },
  {
    title: "ANSI colours",
    command: "printf '\\033[31mred\\033[0m\\n'; printf '\\033[1mb' >&2",
  },
  {
    title: "1,500 ANSI colours",
    command:
      "i=0; while [ $i -lt 1500 ]; do printf '\\033[31mred\\033[0m\\n'; i=$((i+1)); done",
  },
  {
    title: "CRLF and CR",
    command: "printf 'a\\r\\nb\\r\\n'; printf 'p 10%%\\rp 20%%\\r' >&2",
  },
  {
    title: "bell, backspace, form feed",
    command: "printf 'a\\007\\b\\f\\v'",
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
      "printf '\\342\\200\\250 \\357\\277\\277 \\357\\273\\277bom \\357\\277\\275\\n'",
  },
  {
    title: "23,400 bytes of Chinese",
    command:
      "i=0; while [ $i -lt 780 ]; do printf '你好世界你好世界你好'; i=$((i+1)); done",
  },
  {
    title: "rockets over every limit",
    command:
      "i=0; while [ $i -lt 6500 ]; do printf '🚀'; i=$((i+1)); done; printf x",
  },
  {
    title: "all bytes",
    command: python("import os;os.write(1,bytes(range(256))*4)"),
  },
];

const mixtures: Case[] = [
  {
    title: "interleaved streams",
    command:
      "i=0; while [ $i -lt 300 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done",
  },
  {
    title: "2>&1",
    command: "exec 2>&1; for i in 1 2 3; do echo out $i; echo err $i >&2; done",
  },
  {
    title: "output that looks like the runner's and the agent's",
    command:
      "echo '[rundeck-ssm 00 exit=0 out=0]'; printf '\\nend-xx\\n'; echo 'failed to run commands: exit status 3' >&2; exit 3",
  },
  {
    title: "output that is the runner's to the last letter",
    command:
      'printf "x\\n[rundeck-ssm ${RUNDECK_SSM_RUN%%-*} exit=9 out=0 err=0 form=plain]\\n[rundeck-ssm ${RUNDECK_SSM_RUN%%-*} aGVsbG8=]\\n"',
    expect: { exitCode: 0 },
  },
  {
    title: "50 children at once",
    command:
      "for i in $(seq 50); do (echo $i >/dev/null) & done; wait; echo done",
  },
];

const background: Case[] = [
  {
    title: "a child holds stdout",
    command: "sleep 30 & echo started",
    expect: { stdout: "started\n", stderr: "", exitCode: 0 },
    withinMs: 25_000,
  },
  {
    title: "a child writes until it is killed",
    command:
      "(while sleep 0.01; do echo noise || exit; done) & sleep 0.2; echo >/dev/null; kill $!; wait; exit 6",
    expect: { exitCode: 6 },
  },
  {
    title: "a child floods stdout behind the end",
    command:
      "{ yes noise & Y=$!; (sleep 3; kill $Y) & } & echo started; sleep 0.05; exit 2",
    expect: { stderr: "", exitCode: 2 },
    withinMs: 25_000,
  },
  {
    title: "a child in a session of its own",
    command: "setsid sleep 30 & exit 0",
    expect: { stdout: "", exitCode: 0 },
    withinMs: 25_000,
  },
  {
    title: "nohup",
    command: "nohup sleep 30 >/dev/null 2>&1 & echo ok",
    expect: { stdout: "ok\n", stderr: "", exitCode: 0 },
    withinMs: 25_000,
  },
];

export const corpus: readonly Case[] = [
  ...exitCodes,
  ...signals,
  ...syntax,
  ...interpreters,
  ...surroundings,
  ...endings,
  ...sizes,
  ...oddBytes,
  ...mixtures,
  ...background,
];

function python(code: string): string {
  return `python3 -c '${code}'`;
}
