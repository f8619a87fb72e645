import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findShell, openNode, startPiped } from "../../support/agent.ts";
import type { Node, NodeShell } from "../../support/agent.ts";
import { corpus } from "../../support/corpus.ts";
import type { Case } from "../../support/corpus.ts";
import { runWhole, toRequest } from "../../support/runner.ts";

const shells: NodeShell[] = ["dash", "bash", "busybox"];

describe.each(shells)("on a node whose sh is %s", (shell) => {
  const here = findShell(shell) !== undefined;
  const node = openNode(shell, afterAll);
  const atOnce = limit(4);

  test.skipIf(!here).concurrent.each(corpus)(
    "$title: as if it had been run directly",
    async (wanted) => {
      const { actual, expected } = await atOnce(() => compare(node, wanted));
      expect(actual).toEqual(expected);
    },
  );
});

async function compare(node: Node, wanted: Case) {
  const startedAt = performance.now();
  const run = await runWhole(node, toRequest(wanted));
  const tookMs = performance.now() - startedAt;
  const expected = wanted.expect ?? (await runDirectly(node, wanted));
  const { report, captured, ended } = run;
  const exitCode =
    report?.kind === "ended" && report.ending.kind === "exited"
      ? report.ending.exitCode
      : ended.exitCode;
  const actual = {
    exitCode,
    stdout: captured.stdout.toString("latin1"),
    stderr: captured.stderr.toString("latin1"),
  };
  return {
    actual: {
      ...summarize(wanted, expected, actual),
      agentSaw: ended.exitCode,
      inTime: tookMs < (wanted.withinMs ?? Infinity),
    },
    expected: {
      ...summarize(wanted, expected, expected),
      // 137, 168 and 194 would be a timeout, a success and a reboot to AWS; what failed is Failed there
      agentSaw: [137, 168, 194].includes(expected.exitCode)
        ? 1
        : expected.exitCode,
      inTime: true,
    },
  };
}

/** Bytes as latin1. */
type Seen = { stdout?: string; stderr?: string; exitCode: number };

async function runDirectly(node: Node, wanted: Case): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), "direct-"));
  const path = join(folder, "command");
  const text = wanted.command.replace(/\n?$/, "\n");
  writeFileSync(path, text, { mode: 0o700 });
  const [program, ...options] = wanted.interpreter ?? ["sh"];
  const argv: [string, ...string[]] = wanted.command.startsWith("#!")
    ? [path]
    : [program, ...options, path];
  const { stdout, stderr, exitCode } = await startPiped(folder, argv, {
    cwd: wanted.workingDirectory ?? "/usr/bin",
    env: {
      ...node.env,
      HOME: "/root",
      USER: "root",
      LOGNAME: "root",
      ...wanted.variables,
    },
  }).ended;
  rmSync(folder, { recursive: true });
  return {
    stdout: stdout.toString("latin1"),
    stderr: stderr.toString("latin1"),
    exitCode,
  };
}

/** The command's file has another name when it is run directly, and a shell's complaint begins with how it was called. */
function normalize(stderr: string, wanted: Case): string {
  const named = stderr
    // only from where a word begins: tried from each letter of a long word, it takes the square of its length
    .replaceAll(
      /\/proc\/self\/fd\/12\/command|(?<!\S)\S+\/direct-\w+\/command/g,
      "$0",
    )
    .replaceAll(/: line 1: +\d+/g, ": line 1: N");
  return wanted.complains ? (named.split(": ").at(-1) ?? "") : named;
}

/** What can be compared. */
function summarize(wanted: Case, expected: Seen, seen: Seen) {
  return {
    exitCode: seen.exitCode,
    stdout: expected.stdout === undefined ? "any" : digest(seen.stdout ?? ""),
    stderr:
      expected.stderr === undefined
        ? "any"
        : digest(normalize(seen.stderr ?? "", wanted)),
  };
}

/** A text in a size that can be read when it differs. */
function digest(text: string) {
  return {
    bytes: text.length,
    start: text.slice(0, 300),
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

/** At most `most` at once: two cores, and what is measured is not patience. */
function limit(most: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= most) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
