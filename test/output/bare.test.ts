import { describe, expect, it } from "vitest";
import { readBare } from "../../src/output/bare.ts";

const read = (stdout: string, stderr: string) => {
  const captured = readBare({ stdout, stderr });
  return [
    captured.stdout.toString(),
    captured.stderr.toString(),
    captured.cut,
  ] as const;
};

describe("a bare command's reply", () => {
  it("is without the agent's sentence, which follows stderr with no newline", () => {
    expect(read("out\n", "errfailed to run commands: exit status 3")).toEqual([
      "out\n",
      "err",
      false,
    ]);
    expect(read("", "failed to run commands: signal: killed")).toEqual([
      "",
      "",
      false,
    ]);
  });

  it("keeps what the command itself says in the same words", () => {
    const own = "failed to run commands: exit status 3\n";
    expect(read("", own)).toEqual(["", own, false]);
  });

  it.each([
    ["168", "succeeded"],
    ["169", "Failed"],
  ])("is without the sentence of code %s", (code, how) => {
    const words = `\nStep exited with code ${code}. Therefore, marking step as ${how}. Further document steps will be skipped.`;
    expect(
      read(
        `x\n${words}`,
        `yfailed to run commands: exit status ${code}${words}`,
      ),
    ).toEqual(["x\n", "y", false]);
  });

  it("tells that SSM has cut stdout at 24,000 bytes, and takes the mark away", () => {
    const [stdout, , cut] = read(
      `${"a".repeat(23_980)}--output truncated--`,
      "",
    );
    expect([stdout.length, cut]).toEqual([23_980, true]);
  });

  it("tells that SSM has cut stderr at 8,000 characters", () => {
    expect(read("", "e".repeat(8_000))[2]).toBe(true);
  });

  it("believes a short text that ends like the mark", () => {
    expect(read("--output truncated--", "")).toEqual([
      "--output truncated--",
      "",
      false,
    ]);
  });
});
