import type { StepList, StepState } from "../../aws/documents.ts";
import type { Invocation } from "../../aws/ssm.ts";
import { briskDelayMs } from "../backoff.ts";
import { followCommand, isFinal } from "../follow.ts";
import type { Following, FollowOptions } from "../follow.ts";
import { ignoreRefusal } from "../retry.ts";
import type { Watcher } from "../watch.ts";
import { conclude } from "./conclude.ts";
import { endStep, showStep } from "./show-step.ts";
import type { Steps } from "./steps.ts";

/** Shows a command step by step, in the order of its document. Each look at the command is one at its steps, too. */
export function watchSteps(steps: Steps): Watcher {
  return {
    follow: (options, signal) => follow(steps, options, signal),
    finish: async (_reply, signal) => {
      await finish(steps, signal);
      return undefined;
    },
    hasBegun: async (signal) => {
      const seen = await look(steps, signal).catch(ignoreRefusal);
      return !seen || steps.listing.steps.some(isAnswered);
    },
  };
}

async function follow(
  steps: Steps,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Following> {
  const { ports, command } = steps.run;
  const over = new AbortController();
  const showing = showAll(steps, AbortSignal.any([signal, over.signal]));
  // it is awaited below; until then a failure of its must not count as unhandled
  showing.catch(() => undefined);
  try {
    const ssm = { ...ports.ssm, read: () => look(steps, signal) };
    const looking = { ...ports, ssm };
    const following = await followCommand(looking, command, options, signal);
    if (following.kind !== "ended") return following;
    await untilAllEnded(steps, signal);
    steps.isEnded = true;
    steps.bell.ring();
    await showing;
    signal.throwIfAborted();
    const { listing, replies } = steps;
    // what ends a command that AWS calls Cancelling for ever is not AWS's word
    const { status } = following.invocation;
    return {
      kind: "ended",
      invocation: conclude({ ...listing, status }, replies),
    };
  } finally {
    over.abort();
  }
}

/** One look at the command and its steps. */
async function look(steps: Steps, signal: AbortSignal): Promise<Invocation> {
  const listing = await steps.source.list(signal);
  if (!listing) return { ...none, status: "NotVisible" };
  steps.listing = listing;
  steps.bell.ring();
  return { ...none, status: listing.status };
}

const none = { responseCode: -1, stdout: "", stderr: "" };

/** So many more looks: the last step's end may come a moment after the command's. Source: SSM agent 3.3, observed. */
const moreLooks = 6;

async function untilAllEnded(steps: Steps, signal: AbortSignal): Promise<void> {
  const { clock, random } = steps.run.ports;
  for (let at = 0; at < moreLooks && !haveAllEnded(steps.listing); at += 1) {
    await clock.sleep(briskDelayMs(at + 2, random()), signal);
    await look(steps, signal).catch(ignoreRefusal);
  }
}

/** The agent has said something of the step. */
function isAnswered({ responseCode }: StepState): boolean {
  return responseCode >= 0;
}

function haveAllEnded({ steps }: StepList): boolean {
  return steps.every(({ status }) => isFinal(status));
}

/** Shows each step when its turn comes, until the command has ended or `over` fires. */
async function showAll(steps: Steps, over: AbortSignal): Promise<void> {
  for (;;) {
    const next = nextOf(steps);
    if (over.aborted) return;
    if (next !== undefined) await showStep(steps, next, over);
    else if (steps.isEnded) return;
    else await steps.bell.next(over);
  }
}

/** The first step of which not all has been shown; none as long as no node has the command. */
function nextOf({ listing, shown }: Steps): string | undefined {
  const isUntaken = untaken.has(listing.status);
  return listing.steps.find(
    ({ name, status }) =>
      !shown.has(name) && (!isUntaken || !untaken.has(status)),
  )?.name;
}

const untaken = new Set(["NotVisible", "Pending", "Delayed"]);

/** After a kill: what the steps that have ended wrote. */
async function finish(steps: Steps, signal: AbortSignal): Promise<void> {
  if (!steps.isEnded) await look(steps, signal).catch(ignoreRefusal);
  for (const { name, status } of steps.listing.steps)
    if (!steps.shown.has(name) && isFinal(status))
      await endStep(steps, name, signal);
}
