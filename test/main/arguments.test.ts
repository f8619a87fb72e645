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
      lists: new Map(),
      words: ["word"],
      rest: ["echo", "--not-ours"],
    });
  });

  it("drops no value: one of an option that does not repeat is refused", () => {
    const words = ["exec", "--instance", "i-1", "--instance=i-2"];
    expect(() => parseArguments(words)).toThrow(
      "option --instance is there more than once, and takes one value: give it once",
    );
  });

  it("keeps what stands behind the first =", () => {
    const { options } = parseArguments(["exec", "--ssm-external-id=a=b="]);
    expect(options.get("ssm-external-id")).toBe("a=b=");
  });

  it("keeps every value of an option that may be given several times", () => {
    const words = ["doctor", "--instance", "i-1", "--run", "--instance=i-2"];
    const { options, lists } = parseArguments(words, (_, name) =>
      name === "instance" ? "values" : "flag",
    );
    expect(lists).toEqual(new Map([["instance", ["i-1", "i-2"]]]));
    expect(options).toEqual(new Map([["run", "true"]]));
  });

  it("may be empty", () => {
    expect(parseArguments([])).toMatchObject({ command: "", rest: [] });
  });

  it("asks for help wherever it says so, but behind --", () => {
    for (const words of [["--help"], ["-h"], ["--region", "--help", "--no"]])
      expect(
        parseArguments(["exec", ...words], () => undefined).options.has("help"),
      ).toBe(true);
    const { options, rest } = parseArguments(["exec", "--", "ls", "--help"]);
    expect([options.size, rest]).toEqual([0, ["ls", "--help"]]);
  });

  it.each([
    [["--ssm-profil"], '"--ssm-profil"'],
    [["--ssm-profil=x"], '"--ssm-profil"'],
    [["--ssm-profil", "x"], '"--ssm-profil"'],
    [["-x"], '"-x"'],
    [["--=x"], '"--"'],
  ])("is refused for the unknown option in %j", (words, shown) => {
    const parse = () =>
      parseArguments(["exec", ...words], (_, name) =>
        name === "region" ? "value" : undefined,
      );
    expect(parse).toThrow(
      expect.objectContaining({
        code: "setting-invalid",
        message: expect.stringContaining(`there is no option ${shown}`),
      }),
    );
  });

  it("takes no option for the value of another", () => {
    expect(() =>
      parseArguments(["exec", "--instance", "--region", "x"]),
    ).toThrow(/--instance has no value/);
    const { options } = parseArguments(["exec", "--ssm-shell=--x"]);
    expect(options.get("ssm-shell")).toBe("--x");
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
