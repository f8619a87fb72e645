import type { ListedInvocation } from "../../aws/run-command.ts";
import type { Invocation } from "../../aws/ssm.ts";

/** What the agent puts between the streams where stderr is not empty. Source: SSM agent 3.3. */
const title = "\n----------ERROR-------\n";
/** What it puts where it has cut. */
const cutMark = /---(?:Output|Error) truncated---/;
/** Both streams and the title are shorter than this where nothing was cut. */
const limitBytes = 2_500;

/**
 * A finished invocation, as far as a list tells all of it: undefined where its output may be cut or its streams can't be told apart without
 * doubt, where it ran more than one script, or where its end is another than the script's own. `runId`: what the runner names in its last
 * line on stdout.
 */
export function readListed(
  { status, script }: ListedInvocation,
  runId: string | undefined,
): Invocation | undefined {
  if (!script || (status !== "Success" && status !== "Failed"))
    return undefined;
  const { responseCode, output } = script;
  if (responseCode < 0 || responseCode > 255) return undefined;
  if (isCut(output)) return undefined;
  const [stdout = "", stderr = "", ...more] = output.split(title);
  const isTitled = output.includes(title);
  if (more.length > 0) return undefined;
  // the agent adds a sentence to stderr where a script has failed: then there is a title, and this is it
  const isCertain = isTitled
    ? status === "Failed" || (runId !== undefined && stdout.includes(runId))
    : status === "Success";
  return isCertain ? { status, responseCode, stdout, stderr } : undefined;
}

/**
 * What a list tells of an end that somebody waits for who has been killed and has no time for more: undefined where its output may be cut.
 * That the streams are told apart by the agent's title alone is good enough there.
 */
export function readListedAtKill({
  status,
  script,
}: ListedInvocation): Invocation | undefined {
  if (!script || isCut(script.output)) return undefined;
  const { responseCode, output } = script;
  const [stdout = "", stderr = "", ...more] = output.split(title);
  if (more.length > 0) return undefined;
  return { status, responseCode, stdout, stderr, isListed: true };
}

function isCut(output: string): boolean {
  return Buffer.byteLength(output) >= limitBytes || cutMark.test(output);
}
