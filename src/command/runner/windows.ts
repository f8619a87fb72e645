import { BridgeError } from "../../kernel/errors.ts";
import { parseWindowsShell } from "../windows-shell.ts";
import { quoteLiteral } from "../windows-words.ts";
import type {
  FollowUp,
  Poll,
  Recovery,
  RunnerRequest,
  Upload,
} from "./request.ts";
import begin from "./windows/begin.ps1?raw";
import deliver from "./windows/deliver.ps1?raw";
import kernel from "./windows/kernel.ps1?raw";
import language from "./windows/language.ps1?raw";
import live from "./windows/live.ps1?raw";
import page from "./windows/page.ps1?raw";
import poll from "./windows/poll.ps1?raw";
import recover from "./windows/recover.ps1?raw";
import run from "./windows/run.ps1?raw";
import start from "./windows/start.ps1?raw";
import stop from "./windows/stop.ps1?raw";
import sum from "./windows/sum.ps1?raw";
import upload from "./windows/upload.ps1?raw";

/** For Windows PowerShell 5.1. A here-string carries the command: nothing in it needs quoting, but a line that would end it. */
export function composeRunner(request: RunnerRequest): string {
  if (request.runAs !== undefined) {
    throw new BridgeError(
      "setting-invalid",
      "ssm-run-as: Windows has no way to become another user without a password; remove it for Windows nodes",
    );
  }
  const isForCmd = parseWindowsShell(request.shell) === "cmd";
  const delivery = request.live ? live : page + deliver;
  const starter = isForCmd ? "" : `$RundeckStart = @'\n${start}'@\n`;
  return `$RundeckCommand = @'
${protectHereString(request.command, request.runId)}
'@
# Everything below is the runner of rundeck-ssm. It runs the command above, keeps its output in private files until it is
# delivered, and ends with the command's exit code. The last line of the output is for Rundeck.
${runnerSettings(request)}${language}${starter}${begin}${sum}${delivery}${kernel}${run}`;
}

/** A quote and `@` at the start of a line end a here-string. PowerShell takes the typographic single quotes for quotes, too. */
function protectHereString(command: string, runId: string): string {
  return command
    .replace(/\r?\n$/, "")
    .replaceAll(/(^|[\r\n])(?=['\u2018-\u201b]@)/g, `$1${runId}`);
}

function runnerSettings(request: RunnerRequest): string {
  const settings = assign({
    run: `'${request.runId}'`,
    dir: quoteLiteral(request.workingDirectory ?? "", "ssm-working-directory"),
    shell: quoteLiteral(request.shell ?? "", "ssm-shell"),
    kind: `'${parseWindowsShell(request.shell)}'`,
    from1: 0,
    from2: 0,
    held: "$false",
    seconds: request.timeoutSeconds,
    max: request.maxBytes,
    live: request.live ? "$true" : "$false",
  });
  const exports = Array.from(request.variables, ([name, value]) =>
    exportVariable(name, value),
  );
  return settings + exports.join("");
}

/** Source: .NET Framework, Environment.SetEnvironmentVariable. */
const longestVariable = 32_766;

function exportVariable(name: string, value: string): string {
  if (value.length > longestVariable)
    throw new BridgeError(
      "setting-invalid",
      `ssm-pass-variables: ${name} has ${value.length} characters, more than the ${longestVariable} of a variable on Windows; copy it as a file, or pass it no more`,
    );
  return `$env:${name} = ${quoteLiteral(value, name)}\n`;
}

export function composePage(
  request: FollowUp & { page: number; last: boolean },
): string {
  const cleaning = request.last ? "Remove-Spool\n" : "";
  return `${followUp(request, {})}${page}Write-Page ${request.page}\n${cleaning}`;
}

export function composeRecover(request: FollowUp & Recovery): string {
  const settings = {
    max: request.maxBytes,
    from1: request.delivered?.stdoutFrom ?? 0,
    from2: request.delivered?.stderrFrom ?? 0,
    held: request.keep ? "$true" : "$false",
  };
  return `${followUp(request, settings)}${sum}${page}${deliver}${kernel}${stop}${recover}`;
}

export function composeStop(request: FollowUp): string {
  return `${followUp(request, {})}${kernel}${stop}Stop-Command
if ($left) { Write-Line $stdout "[rundeck-ssm $run$left]" }
`;
}

export function composeUpload(request: FollowUp & Upload): string {
  const settings = {
    url: quoteLiteral(request.url ?? "", "the signed address"),
    bucket: quoteLiteral(request.bucket, "ssm-output-bucket"),
    key: quoteLiteral(request.key, "the object's key"),
  };
  return `${followUp(request, settings)}${upload}`;
}

export function composeRemove(request: FollowUp): string {
  return `${followUp(request, {})}Remove-Spool\n`;
}

export function composePoll(request: FollowUp & Poll): string {
  const settings = {
    from1: request.stdoutFrom,
    from2: request.stderrFrom,
    ticks: Math.round(request.waitSeconds * 2),
    max: request.maxBytes,
  };
  return `${followUp(request, settings)}${poll}`;
}

function followUp(
  request: FollowUp,
  words: Record<string, number | string>,
): string {
  const settings = assign({ run: `'${request.runId}'`, ...words });
  return `# rundeck-ssm fetches output of a command that it sent before.\n${settings}${begin}`;
}

function assign(words: Record<string, number | string>): string {
  const assignments = Object.entries(words).map(
    ([name, word]) => `$${name} = ${word}`,
  );
  return `${assignments.join("; ")}\n`;
}
