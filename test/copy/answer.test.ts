import { describe, expect, it } from "vitest";
import { parseAnswer } from "../../src/copy/answer.ts";

const id = "0123456789abcdef01234567";
const read = (stdout: string, stderr = "") =>
  parseAnswer({ stdout, stderr }, id);

describe("parseAnswer", () => {
  it.each([
    ["/srv/a b\n", "/srv/a b"],
    ["C:\\x y\r\n", "C:\\x y"],
    [`/srv/[rundeck-ssm ${id} removed]\n`, `/srv/[rundeck-ssm ${id} removed]`],
  ])("reads the path before the last line: %j", (before, path) => {
    expect(read(`${before}[rundeck-ssm ${id} copied]\n`)).toEqual({
      kind: "copied",
      path,
    });
  });

  it("takes a tool's words from stderr, without the agent's", () => {
    expect(
      read(
        `[rundeck-ssm ${id} failed=write]\n`,
        "\ncat: write error: No space left on device\nfailed to run commands: exit status 1",
      ),
    ).toEqual({
      kind: "failed",
      step: "write",
      said: "cat: write error: No space left on device",
    });
  });

  it.each([
    "/var/lib/x/_script.sh: 77: cannot create /srv/f: Read-only file system\n",
    "/var/lib/x/_script.sh: line 77: cannot create /srv/f: Read-only file system\n",
  ])("leaves the agent's script out of a shell's words: %j", (stderr) => {
    expect(read(`[rundeck-ssm ${id} failed=write]\n`, stderr)).toMatchObject({
      said: "cannot create /srv/f: Read-only file system",
    });
  });

  it("leaves the names of our functions out of a shell's words", () => {
    const stderr =
      "/var/lib/x/_script.sh: line 77: by_python: write error: No space left on device\n";
    expect(read(`[rundeck-ssm ${id} failed=write]\n`, stderr)).toMatchObject({
      said: "write error: No space left on device",
    });
  });

  it("tells what was tried, and with what a link could be followed", () => {
    expect(
      read(
        `[rundeck-ssm ${id} stuck cli=denied python=absent links=curl,wget]\n`,
      ),
    ).toEqual({
      kind: "stuck",
      tried: [
        { way: "cli", how: "denied" },
        { way: "python", how: "absent" },
      ],
      links: ["curl", "wget"],
      said: "",
    });
  });

  it.each([
    ["", ""],
    ["another copy's answer", `[rundeck-ssm ${"f".repeat(24)} copied]\n`],
    ["a cut line", `/srv/x\n[rundeck-ssm ${id} cop`],
    ["an unknown word", `[rundeck-ssm ${id} failed=somehow]\n`],
  ])("makes nothing of %s", (_, stdout) => {
    expect(read(stdout)).toBeUndefined();
  });
});
