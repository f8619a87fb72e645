import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import { findShell, openNode } from "../../support/agent.ts";
import type { NodeShell } from "../../support/agent.ts";
import { request, runWhole } from "../../support/runner.ts";

const shells = (["dash", "bash", "busybox"] as NodeShell[]).filter((shell) =>
  findShell(shell),
);
const isRoot = process.getuid?.() === 0;

describe.concurrent.each(shells)("on a node whose sh is %s", (shell) => {
  const complaints = [
    { title: "sh", command: 'nosuch; echo "$0"' },
    { title: "bash by #!", command: '#!/bin/bash\nnosuch; echo "$0"' },
    {
      title: "python by #!",
      command: "#!/usr/bin/env python3\nimport sys\nprint(sys.argv[0])\nnosuch",
    },
    { title: "ssm-shell", command: 'nosuch; echo "$0"', shell: "bash -e" },
    {
      title: "perl by #!",
      command: '#!/usr/bin/env perl\nprint "$0\\n";\nnosuch();',
    },
    {
      title: "perl by ssm-shell",
      command: 'print "$0\\n"; nosuch();',
      shell: "perl -w",
    },
    { title: "a #! of nothing", command: "#!/no/such/shell\n" },
  ];
  test.for(complaints)(
    "$title complains in the same words in every run",
    async ({ command, shell: wanted }, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const more = wanted === undefined ? {} : { shell: wanted };
      const one = await runWhole(node, request(command, more));
      const two = await runWhole(node, request(command, more));
      expect(one.captured).toEqual(two.captured);
      const all = Buffer.concat([one.captured.stdout, one.captured.stderr]);
      expect(all.toString()).toMatch(/no\/?such/);
      expect(all.toString()).not.toMatch(/rundeck|\d{3}/);
    },
  );

  test.for([
    { wanted: "nosuchshell", says: "is no program on this node" },
    { wanted: "/etc/passwd -x", says: "is no program on this node" },
    { wanted: "/tmp", says: "is no program on this node" },
    ...["su - nobody", "nice su nobody", "env A=1 sudo -u nobody bash"].map(
      (wanted) => ({ wanted, says: "end it with -c, or set ssm-run-as" }),
    ),
    {
      wanted: "setpriv --reuid nobody bash",
      says: "end it with -c, or set ssm-run-as",
    },
    ...["if", "cd", "eval", "."].map((wanted) => ({
      wanted,
      says: "is no program on this node",
    })),
    { wanted: "bash -s", says: "leave out -s" },
    { wanted: "env bash -es", says: "leave out -es" },
    { wanted: "bash -c true", says: "has 'true' behind -c" },
  ])(
    "ssm-shell=$wanted is refused before anything starts",
    async ({ wanted, says }, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const { report, captured } = await runWhole(
        node,
        request("echo ran", { shell: wanted }),
      );
      expect(report).toEqual({ kind: "refused", reason: "no-shell" });
      expect(captured.stderr.toString()).toMatch(
        `rundeck-ssm: ssm-shell: '${wanted}' `,
      );
      expect(captured.stderr.toString()).toContain(says);
      expect(node.leftovers()).toEqual([]);
    },
  );

  test.skipIf(!isRoot || !existsSync("/usr/bin/su"))(
    "ssm-shell=su … -c runs it as that user",
    async ({ onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const { report, captured } = await runWhole(
        node,
        request('id -un; echo "it\'s"; exit 7', {
          shell: "/usr/bin/su -s /bin/bash nobody -c",
        }),
      );
      expect(captured.stdout.toString()).toBe("nobody\nit's\n");
      expect(report).toMatchObject({ ending: { exitCode: 7 } });
    },
  );

  const forms = [
    "bash -cl",
    "bash -ce",
    "bash -c --",
    "bash -c -",
    "bash -euxlc",
    "env A=1 bash -ec",
    "nice bash",
    "bash -norc",
    "bash -o pipefail",
    "timeout -k 5 50 bash",
    "sh -e",
  ];
  test.for(forms)(
    "ssm-shell=%s runs it",
    async (wanted, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const { report, captured } = await runWhole(
        node,
        request("echo ran; exit 7", { shell: wanted }),
      );
      expect(captured.stdout.toString()).toBe("ran\n");
      expect(report).toMatchObject({ ending: { exitCode: 7 } });
    },
  );

  test("ssm-shell=perl -we runs it", async ({ onTestFinished, expect }) => {
    const node = openNode(shell, onTestFinished);
    const { report, captured } = await runWhole(
      node,
      request('print "ran\n"; exit 7', { shell: "perl -we" }),
    );
    expect(captured.stdout.toString()).toBe("ran\n");
    expect(report).toMatchObject({ ending: { exitCode: 7 } });
  });

  test("with -c a command that no argument can hold is refused", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    const { report } = await runWhole(
      node,
      request(`# ${"y".repeat(131_100)}`, { shell: "bash -c" }),
    );
    expect(report).toEqual({ kind: "refused", reason: "no-shell" });
  });

  test("~ is a home, as in the copier", async ({ onTestFinished, expect }) => {
    const node = openNode(shell, onTestFinished);
    const home = join(node.temporary, "home");
    mkdirSync(join(home, "x"), { recursive: true });
    node.env["HOME"] = home;
    const pwd = async (workingDirectory: string) =>
      runWhole(node, request("pwd -P", { workingDirectory }));
    const here = realpathSync(home);
    expect((await pwd("~")).captured.stdout.toString()).toBe(`${here}\n`);
    expect((await pwd("~/x")).captured.stdout.toString()).toBe(`${here}/x\n`);
    expect((await pwd("~root")).captured.stdout.toString()).toBe("/root\n");
    // without a home, what is behind it is no path of its own
    for (const unknown of ["~nosuch", "~nosuch/tmp", "~+/tmp"])
      expect((await pwd(unknown)).report).toMatchObject({
        reason: "no-directory",
      });
  });

  test("~ is nothing where the user has no home", async ({
    onTestFinished,
    expect,
  }) => {
    const node = openNode(shell, onTestFinished);
    // as of an account of a directory service
    writeFileSync(
      join(node.bin, "getent"),
      '#!/bin/sh\necho "$2:x:0:0:::/bin/sh"\n',
      { mode: 0o755 },
    );
    const runAs = userInfo().username;
    const pwd = async (workingDirectory: string) =>
      runWhole(node, request("pwd", { runAs, workingDirectory }));
    for (const unknown of ["~", "~/tmp"])
      expect((await pwd(unknown)).report).toMatchObject({
        reason: "no-directory",
      });
    expect((await pwd("/")).captured.stdout.toString()).toBe("/\n");
  });

  // perl and gawk know names in /dev/fd themselves, and read nothing behind the number
  const interpreters = [
    { first: "#!/usr/bin/env perl", rest: 'print "$>\\n"; exit 4' },
    { first: "#!/bin/bash", rest: 'echo "$UID"; exit 4' },
    { first: "#!/bin/sh", rest: "id -u; exit 4" },
    { first: "#!/usr/bin/busybox sh", rest: "id -u; exit 4" },
    {
      first: "#!/usr/bin/awk -f",
      rest: 'BEGIN { system("id -u"); exit 4 }',
    },
    {
      first: "#!/usr/bin/env node",
      rest: "console.log(process.getuid());\nprocess.exitCode = 4;",
    },
    {
      first: "#!/usr/bin/env python3",
      rest: "import os, sys\nprint(os.getuid())\nsys.exit(4)",
    },
  ];
  const users = [undefined, ...(isRoot ? ["nobody"] : [])];
  test.for(
    interpreters.flatMap((one) => users.map((runAs) => ({ ...one, runAs }))),
  )(
    "$first reads the command, as $runAs",
    async ({ first, rest, runAs }, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      execFileSync("chmod", ["-R", "a+rx", `${node.temporary}/..`]);
      const more = runAs === undefined ? {} : { runAs, workingDirectory: "/" };
      const wanted = request(`${first}\n${rest}\n`, more);
      const { captured, report } = await runWhole(node, wanted);
      const uid = execFileSync(
        "id",
        runAs === undefined ? ["-u"] : ["-u", runAs],
      );
      expect(captured.stderr.toString()).toBe("");
      expect(captured.stdout.toString()).toBe(uid.toString());
      expect(report).toMatchObject({ ending: { exitCode: 4 } });
    },
  );

  test.skipIf(!isRoot)(
    "another user need not be able to enter the runner's folder",
    async ({ onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const closed = mkdtempSync("/tmp/closed-");
      onTestFinished(() => rmSync(closed, { recursive: true }));
      chmodSync(closed, 0o700);
      node.env["TMPDIR"] = closed;
      execFileSync("chmod", ["-R", "a+rx", `${node.temporary}/..`]);
      const { captured, report } = await runWhole(
        node,
        request("id -un; echo e >/dev/stderr; exit 4", {
          runAs: "nobody",
          workingDirectory: "/",
        }),
      );
      expect(captured.stdout.toString()).toBe("nobody\n");
      expect(captured.stderr.toString()).toBe("e\n");
      expect(report).toMatchObject({ ending: { exitCode: 4 } });
    },
  );

  test.for([
    { command: "#!/bin/sh\r\necho a", oddities: ["crlf"] },
    { command: "\ufeff#!/bin/sh\necho a", oddities: ["bom"] },
    { command: "\ufeffecho a", oddities: ["bom"] },
    { command: "echo a\r\n", oddities: undefined },
  ])(
    "what Windows left in $command is told",
    async ({ command, oddities }, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const { report } = await runWhole(node, request(command));
      expect(report?.kind === "ended" && report.oddities).toEqual(oddities);
    },
  );

  test.for([
    { text: "#!/bin/sh\r\necho a\r\n", call: (path: string) => path },
    { text: "#!/bin/sh\r\n", call: (path: string) => `'${path}' 'an arg'` },
  ])(
    "what Windows left in a script that is called is told",
    async ({ text, call }, { onTestFinished, expect }) => {
      const node = openNode(shell, onTestFinished);
      const path = join(node.temporary, "script.sh");
      writeFileSync(path, text, { mode: 0o755 });
      const { report } = await runWhole(node, request(call(path)));
      expect(report).toMatchObject({ oddities: ["crlf"] });
    },
  );
});
