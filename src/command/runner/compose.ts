import { BridgeError } from "../../kernel/errors.ts";
import { quoteShell } from "./quote.ts";
import { rejectBadRunId, rejectImpossible } from "./request.ts";
import type { RunnerRequest } from "./request.ts";
import begin from "./unix/begin.sh?raw";
import deliver from "./unix/deliver.sh?raw";
import find from "./unix/find.sh?raw";
import live from "./unix/live.sh?raw";
import pack from "./unix/pack.sh?raw";
import page from "./unix/page.sh?raw";
import poll from "./unix/poll.sh?raw";
import recover from "./unix/recover.sh?raw";
import run from "./unix/run.sh?raw";
import stop from "./unix/stop.sh?raw";

/** The text for SSM's `commands`: the user's command, untouched and first, and below it what runs it. */
export function composeRunner(request: RunnerRequest): string {
  rejectImpossible(request);
  return composeUnix(request);
}

function composeUnix(request: RunnerRequest): string {
  const endLine = `--- end of command ${request.runId} ---`;
  if (request.command.split("\n").includes(endLine)) {
    throw new BridgeError(
      "setting-invalid",
      "the command contains the line that ends it for the runner; run it once more",
    );
  }
  const delivery = request.live ? pack + live : pack + page + deliver;
  return `rundeck_command() { cat <<'${endLine}'
${request.command.replace(/\n$/, "")}
${endLine}
}
# Everything below is the runner of rundeck-ssm. It runs the command above, keeps its output in private files until it is
# delivered, and ends with the command's exit code. The last line of the output is for Rundeck.
${unixSettings(request)}${begin}${stop}${delivery}${run}`;
}

function unixSettings(request: RunnerRequest): string {
  const words = {
    run: request.runId,
    user: quoteShell(request.runAs ?? "", "ssm-run-as"),
    dir: quoteShell(request.workingDirectory ?? "", "ssm-working-directory"),
    shell: quoteShell(request.shell ?? "", "ssm-shell"),
    seconds: request.timeoutSeconds,
    grace: request.graceSeconds,
    max: request.maxBytes,
    live: request.live ? 1 : "",
  };
  const settings = Object.entries(words).map(([key, word]) => `${key}=${word}`);
  const exports = Array.from(
    request.variables,
    ([name, value]) => `export ${name}=${quoteShell(value, name)}\n`,
  );
  return `${settings.join(" ")}\n${exports.join("")}`;
}

type FollowUp = { runId: string; platform: "unix" | "windows" };

/** One more page of a packed output, counted from 0. The last one removes the private files: it is fetched last. */
export function composePage(
  request: FollowUp & { page: number; last: boolean },
): string {
  const settings = followUpSettings(request, {});
  const end = request.last ? 'rm -rf "$spool"\n' : "";
  return `${settings}${begin}${find}${pack}${page}page ${request.page}\n${end}`;
}

/**
 * For a command that was cancelled or whose answer was lost: makes sure that it is dead, answers like the runner with
 * what it wrote so far, and removes its files. With the id of the lost SSM command it falls back to the agent's files.
 */
export function composeRecover(
  request: FollowUp & { graceSeconds: number; commandId?: string },
): string {
  const settings = followUpSettings(request, {
    grace: request.graceSeconds,
    command: quoteShell(request.commandId ?? "", "the command id"),
  });
  return `${settings}${begin}${find}${stop}${pack}${page}${deliver}${recover}`;
}

/** What a running command has written from these offsets on; waits for it on the node for at most `waitSeconds`. */
export function composePoll(
  request: FollowUp & {
    stdoutFrom: number;
    stderrFrom: number;
    waitSeconds: number;
  },
): string {
  const settings = followUpSettings(request, {
    from1: request.stdoutFrom,
    from2: request.stderrFrom,
    ticks: Math.round(request.waitSeconds * 2),
  });
  return `${settings}${begin}${find}${pack}${poll}`;
}

function followUpSettings(
  request: FollowUp,
  words: Record<string, number | string>,
): string {
  rejectBadRunId(request.runId);
  const settings = Object.entries({ run: request.runId, ...words });
  const line = settings.map(([key, word]) => `${key}=${word}`).join(" ");
  return `# A part of a command that rundeck-ssm has sent before: it fetches the command's output.\n${line}\n`;
}
