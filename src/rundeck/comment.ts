import type { Host } from "./host.ts";

/** Source: Systems Manager API, SendCommand, Comment. */
const maxLength = 100;

/**
 * The comment under which AWS's console and history show a command: who runs what, and our run id, by which a command is found again
 * whose answer was lost. The id is always whole; of the rest, the job's name is cut first.
 */
export function composeComment(
  execution: Host["execution"],
  runId: string,
): string {
  const fixed = [
    "rundeck",
    clean(execution.project, 24),
    `#${clean(execution.executionId, 12)}`,
    `by ${clean(execution.userName, 20)}`,
  ].filter((part) => !/^(?:#|by )?$/.test(part));
  const tail = ` [${runId}]`;
  const head = fixed.join(" ");
  const room = maxLength - head.length - tail.length - 1;
  const job = room > 0 ? clean(execution.jobName, room) : "";
  const words = job === "" ? head : `${head} ${job}`;
  return words.slice(0, maxLength - tail.length) + tail;
}

/** The user's own words, and our run id. */
export function composeOwnComment(words: string, runId: string): string {
  const tail = ` [${runId}]`;
  return clean(words, maxLength - tail.length) + tail;
}

/** Printable ASCII only, since a length in characters is counted in nobody's same way beyond it; the longest parts end in a dot. */
function clean(text: string, length: number): string {
  const printable = text.replace(/[^\x20-\x7e]+/g, "?").trim();
  return printable.length <= length
    ? printable
    : `${printable.slice(0, Math.max(0, length - 1))}.`;
}
