import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { composeRunner } from "../../../src/command/runner/compose.ts";
import { readRunnerText } from "../../../src/output/log-text.ts";
import { findShell, openNode } from "../../support/agent.ts";
import type { Ended, NodeShell } from "../../support/agent.ts";
import { corpus } from "../../support/corpus.ts";
import { request, runWhole, toRequest } from "../../support/runner.ts";

const shells = (["dash", "bash", "busybox"] as NodeShell[]).filter((shell) =>
  findShell(shell),
);

/** Everything whose output is always the same, on one shell each. (Exit codes take the same way as without.) */
const cases = corpus
  .filter((wanted) => wanted.expect === undefined)
  .filter((wanted) => !/^exit \d+[^379]$/.test(wanted.title))
  .map((wanted, index) => ({
    ...wanted,
    sh: shells[index % shells.length] ?? "dash",
  }));

describe.concurrent("through CloudWatch streams", () => {
  test.each(cases)(
    "$title ($sh): the same as without",
    async ({ sh, ...wanted }) => {
      const nodes: (() => void)[] = [];
      const node = openNode(sh, (remove) => nodes.push(remove));
      const plain = await runWhole(node, toRequest(wanted));
      const live = toRequest(wanted, { live: true });
      const ended = await node.run(composeRunner(live));
      const stdout = readEvents(live.runId, toEvents(ended, "stdout"));
      const stderr = readEvents(live.runId, toEvents(ended, "stderr"));
      const left = node.leftovers();
      nodes.forEach((remove) => remove());
      const both = Buffer.concat([stdout.bytes, stderr.bytes]);
      expect({
        exit: ended.exitCode,
        ending: stdout.report?.kind === "ended" && stdout.report.ending,
        stdout: digest(stdout.bytes),
        stderr: digest(withoutPaths(stderr.bytes)),
        sha256: stdout.report?.kind === "ended" && stdout.report.sha256,
        left,
      }).toEqual({
        exit: plain.ended.exitCode,
        ending: plain.report?.kind === "ended" && plain.report.ending,
        stdout: digest(plain.captured.stdout),
        stderr: digest(withoutPaths(plain.captured.stderr)),
        sha256: createHash("sha256").update(both).digest("hex"),
        left: [],
      });
      expect(stderr.report).toEqual(stdout.report);
    },
  );

  test("a line comes while the command is running", async ({
    onTestFinished,
  }) => {
    const node = openNode("bash", onTestFinished);
    const wanted = request(
      `echo first; while [ ! -e "$TMPDIR/go" ]; do sleep 0.05; done; rm "$TMPDIR/go"; echo last`,
      { live: true },
    );
    const script = node.start(composeRunner(wanted));
    await script.firstByte;
    expect(Buffer.concat(script.chunks.stdout).toString()).toBe("first\n");
    await node.run(': >"$TMPDIR/go"');
    const events = toEvents(await script.ended, "stdout");
    expect(readEvents(wanted.runId, events).bytes.toString()).toBe(
      "first\nlast\n",
    );
  });

  test("no more than the limit comes, though more is kept", async ({
    onTestFinished,
  }) => {
    const node = openNode("bash", onTestFinished);
    const wanted = request(
      `seq 20000; while [ ! -e "$TMPDIR/go" ]; do sleep 0.05; done; rm "$TMPDIR/go"`,
      { live: true, maxBytes: 50_000 },
    );
    const script = node.start(composeRunner(wanted));
    await script.firstByte;
    await node.run(': >"$TMPDIR/go"');
    const events = toEvents(await script.ended, "stdout");
    const { bytes, report } = readEvents(wanted.runId, events);
    expect(bytes.length).toBe(50_000);
    expect(report).toMatchObject({ cut: ["stdout"], stdoutBytes: 50_000 });
  });

  test("a refusal ends both streams", async ({ onTestFinished }) => {
    const node = openNode("bash", onTestFinished);
    const wanted = request("pwd", {
      live: true,
      workingDirectory: "/no/such",
    });
    const ended = await node.run(composeRunner(wanted));
    const refused = { kind: "refused", reason: "no-directory" };
    const stdout = readEvents(wanted.runId, toEvents(ended, "stdout"));
    const stderr = readEvents(wanted.runId, toEvents(ended, "stderr"));
    expect(stdout.report).toEqual(refused);
    expect(stderr.report).toEqual(refused);
  });
});

/**
 * What the agent makes of a stream (ssm-agent facts 7, 20): events of whole lines, at most 200,000 bytes, CRLF as LF;
 * those built after the end, here the second half, lose their last newline.
 */
function toEvents(ended: Ended, stream: "stdout" | "stderr"): string[] {
  const failure =
    stream === "stderr" && ended.exitCode !== 0
      ? `failed to run commands: exit status ${ended.exitCode}`
      : "";
  const lines = `${ended[stream].toString()}${failure}`
    .replaceAll("\r\n", "\n")
    .split(/(?<=\n)/);
  const half = Math.floor(lines.length / 2);
  return [
    ...joinLines(lines.slice(0, half), 500),
    ...joinLines(lines.slice(half), 200_000).map((event) =>
      event.replace(/\n$/, ""),
    ),
  ];
}

function joinLines(lines: readonly string[], maxLength: number): string[] {
  const events: string[] = [];
  for (const line of lines) {
    const last = events.at(-1);
    if (last === undefined || last.length + line.length > maxLength) {
      events.push(line);
    } else {
      events[events.length - 1] = last + line;
    }
  }
  return events;
}

function readEvents(runId: string, events: readonly string[]) {
  const text = readRunnerText(runId);
  const bytes = events.map((event) => text.push(event));
  return {
    bytes: Buffer.concat([...bytes, text.rest()]),
    report: text.report(),
  };
}

/** A shell names the file that it runs when it complains. */
function withoutPaths(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  return Buffer.from(
    text
      .replaceAll(/\/proc\/self\/fd\/12\/command/g, "$0")
      .replaceAll(/: line 1: +\d+/g, ": line 1: N"),
    "latin1",
  );
}

function digest(bytes: Buffer) {
  return {
    bytes: bytes.length,
    start: bytes.subarray(0, 300).toString("latin1"),
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}
