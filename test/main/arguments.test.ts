import { describe, expect, it } from "vitest";
import { parseArguments } from "../../src/main/arguments.ts";

describe("a command line", () => {
  it("has a command, options with values, words, and a rest that is nobody's", () => {
    expect(
      parseArguments([
        "exec",
        "--instance",
        "i-1",
        "--ssm-shell=bash -e",
        "word",
        "--",
        "echo",
        "--not-ours",
      ]),
    ).toEqual({
      command: "exec",
      options: new Map([
        ["instance", "i-1"],
        ["ssm-shell", "bash -e"],
      ]),
      words: ["word"],
      rest: ["echo", "--not-ours"],
    });
  });

  it("keeps what stands behind the first =", () => {
    const { options } = parseArguments(["exec", "--ssm-external-id=a=b="]);
    expect(options.get("ssm-external-id")).toBe("a=b=");
  });

  it("may be empty", () => {
    expect(parseArguments([])).toMatchObject({ command: "", rest: [] });
  });

  it("is refused where an option has no value", () => {
    expect(() => parseArguments(["exec", "--region"])).toThrow(
      expect.objectContaining({
        code: "setting-invalid",
        message: expect.stringContaining("--region"),
      }),
    );
  });
});
