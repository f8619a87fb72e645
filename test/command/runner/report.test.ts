import { expect, test } from "vitest";
import { parseReport } from "../../../src/command/runner/report.ts";

const runId = "0123456789abcdef01234567";
const sum = "a".repeat(64);
const line = (body: string) => `[rundeck-ssm ${runId} ${body}]\n`;

test("a plain end", () => {
  expect(
    parseReport(
      `hello\n${line(`exit=3 out=6 err=0 form=plain sum=${sum}`)}`,
      runId,
    ),
  ).toEqual({
    kind: "ended",
    ending: { kind: "exited", exitCode: 3 },
    delivery: { kind: "plain" },
    stdoutBytes: 6,
    stderrBytes: 0,
    sha256: sum,
    whole: { stdoutBytes: 6, stderrBytes: 0, sha256: sum },
    cut: [],
    incomplete: false,
  });
});

test("a packed timeout with everything that can be said of it", () => {
  expect(
    parseReport(
      line(
        "exit=124 out=50 err=60 form=packed pack=40000 sum= note=timeout,cut-out,cut-err,incomplete",
      ),
      runId,
    ),
  ).toEqual({
    kind: "ended",
    ending: { kind: "timeout" },
    delivery: { kind: "packed", packBytes: 40_000 },
    stdoutBytes: 50,
    stderrBytes: 60,
    whole: { stdoutBytes: 50, stderrBytes: 60 },
    cut: ["stdout", "stderr"],
    incomplete: true,
  });
});

test.each([
  ["recovered", { kind: "unseen", from: "runner" }],
  ["agent", { kind: "unseen", from: "agent" }],
] as const)("a recovery has seen no end: %s", (note, ending) => {
  const report = parseReport(
    line(`exit=0 out=0 err=0 form=plain sum=${sum} note=${note}`),
    runId,
  );
  expect(report).toMatchObject({ ending });
});

test("a recovery of the rest tells what all of it is, if it can know", () => {
  const rest = "exit=0 out=1 err=0 form=plain sum=";
  expect(
    parseReport(line(`${rest} whole=9,2,${sum} note=recovered`), runId),
  ).toMatchObject({
    stdoutBytes: 1,
    whole: { stdoutBytes: 9, stderrBytes: 2, sha256: sum },
  });
  expect(
    parseReport(line(`${rest} whole=9,2, note=recovered`), runId),
  ).toMatchObject({ whole: { stdoutBytes: 9, stderrBytes: 2 } });
  expect(parseReport(line(`${rest} note=agent`), runId)).not.toHaveProperty(
    "whole",
  );
});

test("the last line counts, and what follows it is not ours", () => {
  const forged = line("exit=0 out=0 err=0 form=plain");
  const real = line("exit=5 out=60 err=0 form=plain");
  expect(
    parseReport(`${forged}${real}failed to run [commands]: exit`, runId),
  ).toMatchObject({ ending: { exitCode: 5 } });
});

test.each([
  ["nothing", ""],
  [
    "another run's line",
    line("exit=0 out=0 err=0 form=plain").replace("0123", "ffff"),
  ],
  ["half a line", `[rundeck-ssm ${runId} exit=0 out=0 err=0`],
  ["no exit code", line("out=0 err=0 form=plain")],
  ["a size that is none", line("exit=0 out=x err=0 form=plain")],
  ["a form from the future", line("exit=0 out=0 err=0 form=zstd")],
  ["an unknown refusal", line("refused=because")],
])("%s is no report", (_title, stdout) => {
  expect(parseReport(stdout, runId)).toBeUndefined();
});

test("a refusal and a run that is gone", () => {
  expect(parseReport(line("refused=no-user"), runId)).toEqual({
    kind: "refused",
    reason: "no-user",
  });
  expect(parseReport(line("gone"), runId)).toEqual({ kind: "gone" });
});
