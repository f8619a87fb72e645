import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  composePage,
  composeRecover,
  composeRunner,
  composeStop,
  composeUpload,
} from "../../../src/command/runner/compose.ts";
import { BridgeError } from "../../../src/kernel/errors.ts";
import { findShell, openNode } from "../../support/agent.ts";
import type { NodeShell } from "../../support/agent.ts";
import { request, runWhole } from "../../support/runner.ts";
import { runs } from "../../support/fuzz.ts";

const shells = (["dash", "bash", "busybox"] as NodeShell[]).filter((shell) =>
  findShell(shell),
);

/** Any text without NUL, often out of what shells care about. */
const anyText = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom(
        ...Array.from(
          "'\"`$(){}[]<>|&;*?!#~=%\\ \t\r\n-/@:.ax0\u2019\u2018é🚀",
        ),
      ),
      maxLength: 40,
    }),
    fc.constantFrom(
      "$(touch /tmp/pwned)",
      "'; touch /tmp/pwned; '",
      "-n",
      "--",
      "-",
      "EOF",
      "~root",
      "{{ssm:name}}",
      "{{{",
      "\\",
      "@COMMAND@",
      "--- end of command",
      "-\u00a0",
      "--- é",
    ),
  )
  .map((text) => text.replaceAll("\0", ""));

describe.concurrent.each(shells)("on a node whose sh is %s", (shell) => {
  test("no text in a variable becomes syntax", async ({ onTestFinished }) => {
    const node = openNode(shell, onTestFinished);
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (one, two) => {
        const { captured } = await runWhole(
          node,
          request(`printf '%s\\0' "$RD_ONE" "$RD_TWO"`, {
            variables: new Map([
              ["RD_ONE", one],
              ["RD_TWO", two],
            ]),
          }),
        );
        expect(captured.stdout.toString()).toBe(`${one}\0${two}\0`);
      }),
      { numRuns: runs(25) },
    );
  });

  test("a command reaches its interpreter as it is", async ({
    onTestFinished,
  }) => {
    const node = openNode(shell, onTestFinished);
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        // the first line keeps the text from being a #! line of its own
        const { captured } = await runWhole(
          node,
          request(`x\n${text}`, { shell: "cat" }),
        );
        expect(captured.stdout.toString()).toBe(
          `x\n${text}`.replace(/\n?$/, "\n"),
        );
      }),
      { numRuns: runs(25) },
    );
  });

  test("a command may contain its own end line, and what begins as that does", async ({
    onTestFinished,
  }) => {
    const node = openNode(shell, onTestFinished);
    for (const lineOf of [
      (runId: string) => `--- end of command ${runId} ---`,
      () => "-\u00a0\n--- é\n=é",
    ]) {
      const asked = request("", { shell: "cat" });
      const command = `x\n${lineOf(asked.runId)}\nreboot\n`;
      const { captured } = await runWhole(node, { ...asked, command });
      expect(captured.stdout.toString()).toBe(command);
    }
  });

  test("no working directory becomes syntax or another directory", async ({
    onTestFinished,
  }) => {
    const node = openNode(shell, onTestFinished);
    await fc.assert(
      fc.asyncProperty(
        anyText.filter((text) => text !== "" && !/^[./]*$/.test(text)),
        async (text) => {
          const { captured, report } = await runWhole(
            node,
            request("pwd", { workingDirectory: `/no/such/${text}` }),
          );
          expect(report).toEqual({ kind: "refused", reason: "no-directory" });
          expect(captured.stderr.toString()).toBe(
            `rundeck-ssm: ssm-working-directory: '/no/such/${text}' is no directory that root can enter on this node\n`,
          );
        },
      ),
      { numRuns: runs(15) },
    );
  });

  test("a relative directory called - is a directory", async ({
    onTestFinished,
  }) => {
    const node = openNode(shell, onTestFinished);
    const { report } = await runWhole(
      node,
      request("pwd", { workingDirectory: "-" }),
    );
    expect(report).toEqual({ kind: "refused", reason: "no-directory" });
  });

  test("no user name becomes syntax", async ({ onTestFinished }) => {
    const node = openNode(shell, onTestFinished);
    await fc.assert(
      fc.asyncProperty(
        anyText.filter((text) => !/^[\s\d+]*$/.test(text)),
        async (text) => {
          const { captured, report } = await runWhole(
            node,
            request("id", { runAs: text }),
          );
          expect(report).toEqual({ kind: "refused", reason: "no-user" });
          expect(captured.stderr.toString()).toBe(
            `rundeck-ssm: ssm-run-as: this node has no user '${text}'\n`,
          );
        },
      ),
      { numRuns: runs(15) },
    );
  });

  // busybox has no setpriv that could
  if (shell === "busybox") return;
  test.skipIf(process.getuid?.() !== 0)(
    "another user runs it, with a home, in the same place, and leaves nothing",
    async ({ onTestFinished }) => {
      const node = openNode(shell, onTestFinished);
      execFileSync("chmod", ["-R", "a+rx", `${node.temporary}/..`]);
      const { captured, report } = await runWhole(
        node,
        request(
          'id -un; id -gn; id -Gn; echo "$HOME $USER $LOGNAME"; pwd; echo oops >&2; exit 6',
          { runAs: "nobody", workingDirectory: "/usr" },
        ),
      );
      const groups = execFileSync("id", ["-Gn", "nobody"]).toString();
      expect(captured.stdout.toString()).toBe(
        `nobody\nnogroup\n${groups}/nonexistent nobody nobody\n/usr\n`,
      );
      expect(captured.stderr.toString()).toBe("oops\n");
      expect(report).toMatchObject({ ending: { exitCode: 6 } });
      expect(node.leftovers()).toEqual([]);
    },
  );
});

test.each([
  ["a NUL in the command", { command: "a\0b" }, "the command"],
  ["a NUL in a directory", { workingDirectory: "\0" }, "ssm-working-directory"],
  ["a NUL in a user", { runAs: "\0" }, "ssm-run-as"],
  ["a NUL in a shell", { shell: "\0" }, "ssm-shell"],
  [
    "a NUL in a variable",
    { variables: new Map([["RD_JOB_NAME", "\0"]]) },
    "RD_JOB_NAME",
  ],
  [
    "a variable that is none",
    { variables: new Map([["RD_A;reboot", "x"]]) },
    "ssm-pass-variables",
  ],
  [
    "a variable that would change the runner",
    { variables: new Map([["PATH", "/tmp"]]) },
    "ssm-pass-variables",
  ],
])("%s is refused before anything is sent", (_title, wrong, names) => {
  const refused = () => composeRunner({ ...request(""), ...wrong });
  expect(refused).toThrow(BridgeError);
  expect(refused).toThrow(names);
});

test("a command that leaves no line to end it with is refused", () => {
  const signs = Array.from("-=+_.:@%");
  const beginning = (kept: readonly string[]) =>
    composeRunner(request(kept.map((sign) => `${sign}é`).join("\n")));
  expect(beginning(signs.slice(1))).toContain("cat <<'--- end");
  expect(beginning(signs.slice(0, -1))).toContain("cat <<'%%% end");
  expect(() => beginning(signs)).toThrow(BridgeError);
});

const parameter = "{{ssm:name}} {{{ ssm-secure:x }}}' \u2019{{";

test.each([
  ["plain", {}],
  ["live", { live: true }],
  ["Windows", { platform: "windows" as const }],
])(
  "nothing that we write or quote is a parameter to SSM: %s",
  (_title, more) => {
    const text = composeRunner(
      request("", {
        workingDirectory: parameter,
        variables: new Map([["RD_OPTION_X", parameter]]),
        // on Windows there is nobody else to be, and few shells
        ...("platform" in more ? {} : { runAs: parameter, shell: parameter }),
        ...more,
      }),
    );
    expect(text).not.toContain("{{");
  },
);

test.each(["unix", "windows"] as const)(
  "nothing in a follow-up is a parameter to SSM: %s",
  (platform) => {
    const run = { runId: "a".repeat(24), platform };
    const where = { bucket: parameter, key: parameter, url: parameter };
    const texts = [
      composeUpload({ ...run, ...where }),
      composeRecover({
        ...run,
        graceSeconds: 1,
        maxBytes: 1,
        commandId: parameter,
      }),
      composeStop({ ...run, graceSeconds: 1 }),
      composePage({ ...run, page: 1, last: true }),
    ];
    for (const text of texts) expect(text).not.toContain("{{");
  },
);

test("in the command itself a parameter stays what the user wrote", () => {
  expect(composeRunner(request("echo {{ssm:name}}"))).toContain(
    "\necho {{ssm:name}}\n",
  );
});

test("the command comes first and is untouched", () => {
  const command = "echo 'a'\n\n  cat <<EOF\n$x\nEOF\n";
  const [, ...rest] = composeRunner(request(command)).split("\n");
  expect(rest.join("\n").startsWith(command)).toBe(true);
});
