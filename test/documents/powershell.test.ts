import { describe, expect, it, vi } from "vitest";
import { composeRunner } from "../../src/command/runner/compose.ts";
import { parseReport } from "../../src/command/runner/report.ts";
import { writeForPowerShell } from "../../src/command/windows-words.ts";
import { openPowerShell } from "../support/powershell.ts";
import {
  hasWindows,
  runOnWindows,
  windowsRequest,
} from "../support/windows.ts";
import { blocksOf, readPages } from "./markdown.ts";

const blocks = readPages()
  .flatMap(blocksOf)
  .filter(({ language }) => language === "powershell");
const lines = blocks.flatMap(({ text }) => text.trim().split("\n"));

/** The line of the documents with this in it. */
function find(part: string): string {
  const found = lines.filter((line) => line.includes(part));
  expect(found, `of ${part}`).toHaveLength(1);
  return found.join("");
}

describe("PowerShell in the documents", async () => {
  const read = await openPowerShell();

  it.each(blocks)("is what PowerShell reads: $file:$line", ({ text }) => {
    // Rundeck puts a value in its place first
    const filled = text.replaceAll(/\$\{option\.\w+\}/g, "value");
    expect(read(filled).hasError).toBe(false);
    expect(read(`${filled}}`).hasError).toBe(true);
  });

  it("is tried below, but for the steps whose values test/windows/words.test.ts has", () => {
    const tried = [
      "$ErrorActionPreference",
      "deploy.exe",
      "robocopy",
      "findstr",
    ];
    const others = lines.filter(
      (line) => !tried.some((part) => line.includes(part)),
    );
    expect(
      others.filter((line) => !/\$\{option\.|\$env:RD_OPTION_/.test(line)),
    ).toEqual([]);
  });
});

/** What the node's agent is told of a command's end, and what the command printed. */
async function run(command: string) {
  const wanted = windowsRequest(writeForPowerShell(command, [], "node"));
  const { stdout } = await runOnWindows(composeRunner(wanted));
  const text = stdout.toString();
  const report = parseReport(text, wanted.runId);
  const ending = report?.kind === "ended" ? report.ending : undefined;
  return {
    ending,
    stdout: text.slice(0, text.indexOf("[rundeck-ssm ")).trim(),
  };
}

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** The line with a program in it that this machine has not; one that ends with `code` stands for it. */
function play(program: string, code: number): string {
  return find(program).replace(/^[^;]+/, `cmd /c exit ${code}`);
}

describe.skipIf(!hasWindows)("the lines of docs/windows.md on Windows", () => {
  it("the first ends a script at a cmdlet's error, with 1, the second not after a success", async () => {
    const command = [
      find("$ErrorActionPreference"),
      play("deploy.exe", 0),
      "'between'",
      "Get-Item C:\\nosuch",
      "'after'",
    ];
    expect(await run(command.join("\n"))).toEqual({
      ending: { kind: "exited", exitCode: 1 },
      stdout: "between",
    });
  });

  it.each([
    ["deploy.exe", 3, 3],
    ["robocopy", 8, 8],
    ["findstr", 1, 0],
  ])(
    "%s that ends with %i ends the step with %i",
    async (program, code, exitCode) => {
      const next = program === "deploy.exe" ? "\n'after'" : "";
      expect(await run(`${play(program, code)}${next}`)).toEqual({
        ending: { kind: "exited", exitCode },
        stdout: "",
      });
    },
  );
});
