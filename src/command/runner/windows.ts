import { BridgeError } from "../../kernel/errors.ts";
import { quotePowerShell } from "./quote.ts";
import type {
  FollowUp,
  Poll,
  Recovery,
  RunnerRequest,
  Upload,
} from "./request.ts";
import begin from "./windows/begin.ps1?raw";
import deliver from "./windows/deliver.ps1?raw";
import live from "./windows/live.ps1?raw";
import page from "./windows/page.ps1?raw";
import poll from "./windows/poll.ps1?raw";
import recover from "./windows/recover.ps1?raw";
import stop from "./windows/stop.ps1?raw";
import run from "./windows/run.ps1?raw";
import upload from "./windows/upload.ps1?raw";

/** For Windows PowerShell 5.1. A here-string carries the command: nothing in it needs quoting, but a line that would end it. */
export function composeRunner(request: RunnerRequest): string {
  if (request.runAs !== undefined) {
    throw new BridgeError(
      "setting-invalid",
      "ssm-run-as: Windows has no way to become another user without a password; remove it for Windows nodes",
    );
  }
  const delivery = request.live ? live : page + deliver;
  return `$RundeckCommand = @'
${protectHereString(request.command, request.runId)}
'@
# Everything below is the runner of rundeck-ssm. It runs the command above, keeps its output in private files until it is
# delivered, and ends with the command's exit code. The last line of the output is for Rundeck.
${runnerSettings(request)}${begin}${delivery}${run}`;
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
    dir: quotePowerShell(
      request.workingDirectory ?? "",
      "ssm-working-directory",
    ),
    shell: quotePowerShell(request.shell ?? "", "ssm-shell"),
    seconds: request.timeoutSeconds,
    max: request.maxBytes,
    live: request.live ? "$true" : "$false",
  });
  const exports = Array.from(
    request.variables,
    ([name, value]) => `$env:${name} = ${quotePowerShell(value, name)}\n`,
  );
  return settings + exports.join("");
}

export function composePage(
  request: FollowUp & { page: number; last: boolean },
): string {
  const cleaning = request.last
    ? "Remove-Item -LiteralPath $spool -Recurse -Force -ErrorAction SilentlyContinue\n"
    : "";
  return `${followUp(request, {})}${page}Write-Page ([IO.File]::ReadAllBytes((Join-Path $spool 'pack'))) ${request.page}\n${cleaning}`;
}

export function composeRecover(request: FollowUp & Recovery): string {
  const settings = {
    max: request.maxBytes,
    from1: request.delivered?.stdoutFrom ?? 0,
    from2: request.delivered?.stderrFrom ?? 0,
  };
  return `${followUp(request, settings)}${page}${deliver}${stop}${recover}`;
}

export function composeStop(request: FollowUp): string {
  return `${followUp(request, {})}${stop}Stop-Command\n`;
}

export function composeUpload(request: FollowUp & Upload): string {
  const url = quotePowerShell(request.url ?? "", "the signed address");
  return `${followUp(request, { url })}${upload}`;
}

export function composeRemove(request: FollowUp): string {
  return `${followUp(request, {})}Remove-Item -LiteralPath $spool -Recurse -Force -ErrorAction SilentlyContinue\n`;
}

export function composePoll(request: FollowUp & Poll): string {
  const settings = {
    from1: request.stdoutFrom,
    from2: request.stderrFrom,
    ticks: Math.round(request.waitSeconds * 2),
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
