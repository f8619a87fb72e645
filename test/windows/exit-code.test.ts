import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { composeRunner } from "../../src/command/runner/compose.ts";
import { parseReport } from "../../src/command/runner/report.ts";
import { writeForPowerShell } from "../../src/command/windows-words.ts";
import {
  hasWindows,
  runOnWindows,
  runTogether,
  windowsRequest,
} from "../support/windows.ts";

const folder = `C:\\rundeck test ${randomBytes(4).toString("hex")}`;

/** The code that the runner tells, and the command's own output. */
async function run(
  command: string,
): Promise<{ exitCode: number | undefined; stdout: string }> {
  const wanted = windowsRequest(writeForPowerShell(command, [], "node"));
  const { stdout } = await runTogether(composeRunner(wanted));
  const text = stdout.toString();
  const report = parseReport(text, wanted.runId);
  const ending = report?.kind === "ended" ? report.ending : undefined;
  return {
    exitCode: ending?.kind === "exited" ? ending.exitCode : undefined,
    stdout: text.slice(0, text.indexOf("[rundeck-ssm ")).trim(),
  };
}

// a start of PowerShell takes a second, and many times that where others work beside it; the last one here waits for all others'
vi.setConfig({
  testTimeout: 900_000,
  hookTimeout: 180_000,
  maxConcurrency: 100,
});

describe
  .skipIf(!hasWindows)
  .concurrent("the exit code of a command on Windows", () => {
    beforeAll(async () => {
      await runOnWindows(`
$null = New-Item -ItemType Directory '${folder}'
Set-Location '${folder}'
Set-Content four.ps1 'Write-Output ($args -join "+"); exit 4'
Set-Content fails.ps1 'Get-Item C:\\nosuch; Write-Output "on"'
Set-Content throws.ps1 'throw "up"'
Set-Content five.bat "@echo off\`r\`necho %~1+%~2\`r\`nexit /b 5"
Set-Content six.cmd "@cmd /c exit 6"
`);
    });
    afterAll(() => runOnWindows(`Remove-Item -Recurse -Force '${folder}'`));

    it.each<[command: string, code: number, stdout?: string]>([
      [`${folder}\\four.ps1`, 4],
      [`${folder}\\four.ps1 a 'b c' "d e"`, 4, "a+b c+d e"],
      [`${folder}\\five.bat a 'b c'`, 5, "a+b c"],
      [`${folder}\\five.bat 'C:\\x y\\' "c;d=(e)"`, 5, "C:\\x y\\+c;d=(e)"],
      [`${folder}\\six.cmd`, 6],
      [`${folder}\\throws.ps1`, 1],
      // what it does about its own errors is its own affair, as in a block or function
      [`${folder}\\fails.ps1`, 0, "on"],
      ["cmd /c exit 7", 7],
      ["cmd /c exit 7 | Out-Null", 7],
      ["$x = cmd /c exit 7", 7],
      ["cmd /c exit 7; Write-Output on", 0, "on"],
      ["Get-Item C:\\nosuch", 1],
      ["Get-Item C:\\nosuch; 'on'", 0, "on"],
      ["cmd /c exit 7; Get-Item C:\\nosuch", 7],
      ["Get-Item C:\\nosuch -ErrorAction SilentlyContinue", 0],
      ["try { Get-Item C:\\nosuch -ErrorAction Stop } catch { }", 0],
      ["if (Get-Item C:\\nosuch -ErrorAction SilentlyContinue) { 'is' }", 0],
      ["throw 'up'", 1],
      ["cmd /c 'echo noise 1>&2'", 0],
      ["Set-StrictMode -Version Latest; Get-Item C:\\nosuch", 1],
      ["cmd /c exit 7 # why", 7],
      ["cmd /c exit 7 `", 7],
      ["begin { } end { 'end' }", 0, "end"],
      ["begin { } end { exit 3 }", 3],
      ["param($x = 'given') $x; cmd /c exit 7", 7, "given"],
      [
        "using namespace System.IO\n[Path]::Combine('a', 'b'); cmd /c exit 7",
        7,
        "a\\b",
      ],
      ["$script:x = 1; function F { $script:x }; F; exit 3", 3, "1"],
      ["class A { [int] Get() { return 2 } }; ([A]::new()).Get()", 0, "2"],
      ["'a'; return; cmd /c exit 7", 0, "a"],
      ["@'\nhere\n'@", 0, "here"],
      ["#requires -Version 3\n'a'; cmd /c exit 7", 7, "a"],
      ["#requires -Version 99\n'a'", 1],
      // as PowerShell's own -Command has it: what can't begin has failed
      ["param([Parameter(Mandatory)] $x) 'hi'", 1],
      ["param([int] $x = 'abc') 'hi'", 1],
      ["[CmdletBinding()] param([Parameter(Mandatory)] $x) end { 'hi' }", 1],
      ["#requires -Version 3\nparam([int] $x = 'abc') 'hi'", 1],
      // no whole command, whatever would come behind it
      ["$x =", 1],
      ["Write-Output hi |", 1],
      ["cmd /c exit 13 |", 1],
      ["cmd /c exit 3 ||", 1],
      ["exit -1", -1],
      ["", 0],
    ])("of %j is %i", async (command, code, stdout = "") => {
      expect(await run(command)).toEqual({ exitCode: code, stdout });
    });
  });
