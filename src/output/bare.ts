import type { Captured, Reply } from "./packed.ts";

/** SSM keeps this much of stdout, and its agent marks what it cut. Source: agent 3.3; GetCommandInvocation. */
const stdoutLimitBytes = 24_000;
const cutMark = "--output truncated--";
export const stderrLimitCharacters = 8_000;
/** The agent's own words, appended to stderr without a newline. */
export const failureSentence =
  /failed to run commands: (?:exit status \d+|signal: .+)$/;
/** What it adds to a reply after code 168 (to stdout, and stderr goes) and 169 (to both). Source: agent 3.3, its plugin runner. */
const steeringSentence =
  /\nStep exited with code 16[89]\. Therefore, marking step as (?:succeeded|Failed)\. Further document steps will be skipped\.$/;

/** The output of a command without a runner, as far as SSM gives it, and whether SSM has cut it. */
export function readBare(reply: Reply): Captured & { cut: boolean } {
  const stdoutCut =
    reply.stdout.endsWith(cutMark) &&
    Buffer.byteLength(reply.stdout) >= stdoutLimitBytes;
  const stdout = stdoutCut
    ? reply.stdout.slice(0, -cutMark.length)
    : reply.stdout.replace(steeringSentence, "");
  const stderr = reply.stderr
    .replace(steeringSentence, "")
    .replace(failureSentence, "");
  return {
    stdout: Buffer.from(stdout),
    stderr: Buffer.from(stderr),
    cut: stdoutCut || reply.stderr.length >= stderrLimitCharacters,
  };
}
