import { BridgeError } from "../../kernel/errors.ts";
import { quoteShell } from "./quote.ts";
import type {
  FollowUp,
  Poll,
  Recovery,
  RunnerRequest,
  Upload,
} from "./request.ts";
import begin from "./unix/begin.sh?raw";
import deliver from "./unix/deliver.sh?raw";
import find from "./unix/find.sh?raw";
import live from "./unix/live.sh?raw";
import pack from "./unix/pack.sh?raw";
import measure from "./unix/measure.sh?raw";
import page from "./unix/page.sh?raw";
import place from "./unix/place.sh?raw";
import poll from "./unix/poll.sh?raw";
import program from "./unix/program.sh?raw";
import recover from "./unix/recover.sh?raw";
import run from "./unix/run.sh?raw";
import stop from "./unix/stop.sh?raw";
import upload from "./unix/upload.sh?raw";
import user from "./unix/user.sh?raw";

/** For POSIX sh. A quoted here-document carries the command: nothing in it needs quoting. */
export function composeRunner(request: RunnerRequest): string {
  const endLine = chooseEndLine(request);
  const delivery = request.live ? [pack, live] : [pack, page, deliver];
  const parts = [
    runnerSettings(request) + begin,
    stop,
    ...delivery,
    place,
    user,
    program,
    measure,
    run,
  ];
  return `rundeck_command() { cat <<'${endLine}'
${request.command.replace(/\n$/, "")}
${endLine}
}
# Everything below is the runner of rundeck-ssm. It runs the command above, keeps its output in private files until it is
# delivered, and ends with the command's exit code. The last line of the output is for Rundeck.
${parts.join("\n")}`;
}

/**
 * The line that ends the here-document. In one that begins as that does dash 0.5.12 drops the byte behind what they have in common if
 * that is not ASCII, and so it must begin as no such line of the command does.
 */
function chooseEndLine({ command, runId }: RunnerRequest): string {
  const lines = command.split("\n");
  const endLine = Array.from("-=+_.:@%", (sign) => {
    const edge = sign.repeat(3);
    return `${edge} end of command ${runId} ${edge}`;
  }).find((end) => !lines.some((line) => line === end || isSpoiled(line, end)));
  if (endLine === undefined)
    throw new BridgeError(
      "setting-invalid",
      "lines of the command begin with each sign that could end it on the node, and a letter that is not ASCII behind; put it into a script step, or a blank before one of them",
    );
  return endLine;
}

function isSpoiled(line: string, end: string): boolean {
  let common = 0;
  while (common < line.length && line[common] === end[common]) common += 1;
  return common > 0 && (line.codePointAt(common) ?? 0) > 0x7f;
}

function runnerSettings(request: RunnerRequest): string {
  const settings = assign({
    run: request.runId,
    user: quoteShell(request.runAs ?? "", "ssm-run-as"),
    dir: quoteShell(request.workingDirectory ?? "", "ssm-working-directory"),
    shell: quoteShell(request.shell ?? "", "ssm-shell"),
    seconds: request.timeoutSeconds,
    grace: request.graceSeconds,
    max: request.maxBytes,
    live: request.live ? 1 : "",
  });
  const exports = Array.from(
    request.variables,
    ([name, value]) => `export ${name}=${quoteShell(value, name)}\n`,
  );
  return settings + exports.join("");
}

export function composePage(
  request: FollowUp & { page: number; last: boolean },
): string {
  const cleaning = request.last ? 'rm -rf "$spool"\n' : "";
  return `${followUp(request, {})}${pack}${page}page ${request.page}\n${cleaning}`;
}

export function composeRecover(request: FollowUp & Recovery): string {
  const { delivered } = request;
  const settings = {
    grace: request.graceSeconds,
    max: request.maxBytes,
    command: quoteShell(request.commandId ?? "", "the command id"),
    from1: delivered?.stdoutFrom ?? 0,
    from2: delivered?.stderrFrom ?? 0,
    text1: delivered?.stdoutTextFrom ?? 0,
    text2: delivered?.stderrTextFrom ?? 0,
    held: request.keep ? 1 : "",
  };
  return `${followUp(request, settings)}${stop}${pack}${page}${deliver}${recover}`;
}

export function composeStop(
  request: FollowUp & { graceSeconds: number },
): string {
  const settings = { grace: request.graceSeconds };
  return `${followUp(request, settings)}${stop}${ended}`;
}

/** The runner answers as usual; what is said here is whether anything still lives. */
const ended = `[ ! -d "$spool" ] || [ -e "$spool/over" ] || { eval "$stop" && stop; }
if [ -e "$spool/left" ]; then echo "[rundeck-ssm $run left=1]"; else echo "[rundeck-ssm $run left=0]"; fi
`;

export function composeUpload(request: FollowUp & Upload): string {
  const settings = {
    bucket: quoteShell(request.bucket, "ssm-output-bucket"),
    key: quoteShell(request.key, "the object's key"),
    url: quoteShell(request.url ?? "", "the signed address"),
  };
  return `${followUp(request, settings)}${upload}`;
}

export function composeRemove(request: FollowUp): string {
  return `${followUp(request, {})}rm -rf "$spool"\n`;
}

export function composePoll(request: FollowUp & Poll): string {
  const settings = {
    from1: request.stdoutFrom,
    from2: request.stderrFrom,
    ticks: Math.round(request.waitSeconds * 2),
    max: request.maxBytes,
  };
  return `${followUp(request, settings)}${pack}${poll}`;
}

function followUp(
  request: FollowUp,
  words: Record<string, number | string>,
): string {
  const settings = assign({ run: request.runId, ...words });
  return `# rundeck-ssm fetches output of a command that it sent before.\n${settings}${begin}${find}`;
}

function assign(words: Record<string, number | string>): string {
  const assignments = Object.entries(words).map(
    ([name, word]) => `${name}=${word}`,
  );
  return `${assignments.join(" ")}\n`;
}
