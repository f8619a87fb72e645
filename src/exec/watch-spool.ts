import { BridgeError } from "../kernel/errors.ts";
import { composePoll } from "../command/runner/compose.ts";
import { readPoll } from "../output/packed.ts";
import { pollOutputDelayMs } from "./backoff.ts";
import { followCommand } from "./follow.ts";
import { gather } from "./gather.ts";
import type { Run, Watcher } from "./watch.ts";

/** The output is fetched when the command has ended. */
export function watchEnd(run: Run): Watcher {
  return {
    follow: (options, signal) =>
      followCommand(run.ports, run.command, options, signal),
    finish: (reply, signal) => gather(run, reply, signal),
  };
}

/** The node is asked for new output every few seconds, too. */
export function watchByPolls(run: Run): Watcher {
  return {
    follow: async (options, signal) => {
      const ended = new AbortController();
      const [following] = await Promise.all([
        followCommand(run.ports, run.command, options, signal).finally(() =>
          ended.abort(),
        ),
        pollOutput(run, AbortSignal.any([signal, ended.signal])),
      ]);
      return following;
    },
    finish: (reply, signal) => gather(run, reply, signal),
  };
}

/** Each poll is a command in AWS's history, so they are counted. */
const pollLimit = 1_000;
/** How long a poll waits on the node for something new. */
const pollWaitSeconds = 2;

/**
 * Polls until `over`. What fails is left to the next poll, and in the end to the command's own reply: nothing is lost by it.
 * A node that has not begun, or that has just ended, has nothing to say.
 */
async function pollOutput(run: Run, over: AbortSignal): Promise<void> {
  const { ports, plan, delivery } = run;
  const { clock, random } = ports;
  const startedAt = clock.now();
  let idle = 0;
  for (let poll = 0; poll < pollLimit; poll += 1) {
    const runMs = clock.now() - startedAt;
    await clock.sleep(pollOutputDelayMs({ runMs, idle }, random()), over);
    const full =
      Math.max(delivery.delivered.stdout, delivery.delivered.stderr) >=
      plan.outputLimitBytes;
    if (over.aborted || full) return;
    idle = (await pollOnce(run, over)) ? 0 : idle + 1;
  }
}

/** Whether there was something new. */
async function pollOnce(run: Run, over: AbortSignal): Promise<boolean> {
  const { plan, delivery, followUp } = run;
  const { runId, platform } = plan;
  const text = composePoll({
    runId,
    platform,
    stdoutFrom: delivery.delivered.stdout,
    stderrFrom: delivery.delivered.stderr,
    waitSeconds: pollWaitSeconds,
    maxBytes: plan.outputLimitBytes,
  });
  try {
    const { stdout } = await followUp(text, over);
    const news = readPoll(stdout, runId);
    if (news?.kind !== "news") return false;
    await Promise.all([
      delivery.write("stdout", news.captured.stdout),
      delivery.write("stderr", news.captured.stderr),
    ]);
    return news.captured.stdout.length + news.captured.stderr.length > 0;
  } catch (error) {
    if (error instanceof BridgeError || over.aborted) return false;
    throw error;
  }
}
