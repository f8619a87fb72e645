import { setMaxListeners } from "node:events";
import type { Call } from "../aws/companions.ts";
import { retry } from "../exec/retry.ts";
import { endOfEither } from "../exec/signals.ts";
import { BridgeError, mayPass } from "../kernel/errors.ts";
import type { Subject } from "../kernel/errors.ts";
import { check } from "./check.ts";
import type { Check, Finding, Need, StageName } from "./check.ts";
import type { Context } from "./context.ts";
import { splitRemedy } from "./remedy.ts";

/** A request that has no answer after this long tells nothing. */
const probeLimitMs = 8_000;
/** How long a refusal for the rate, or a failure of AWS's, is ridden out. */
const patienceMs = 4_000;

/** A question to AWS: what it is called, what it needs, and what is lacking where its answer is a problem. */
export type Question = {
  stage: StageName;
  name: string;
  subject: Subject;
  needs: readonly Need[];
  gives?: readonly Need[];
};

/** Makes one check by requests that have no effect. What AWS does not answer in time, or not now, is unknown. */
export async function probe(
  context: Context,
  { subject, ...question }: Question,
  ask: (call: Call) => Promise<Finding>,
): Promise<Check> {
  const { lacks } = context.known;
  return check(question, { ...question, lacks }, async () => {
    const limit = limitOf(context, probeLimitMs);
    try {
      const patience = {
        silenceMs: patienceMs,
        untilEpochMs: context.clock.now() + patienceMs,
      };
      const ports = { ...context, random: Math.random };
      return await retry(ports, patience, limit, () =>
        ask({ signal: limit, subject }),
      );
    } catch (error) {
      context.signal.throwIfAborted();
      if (limit.aborted) return silence;
      if (!(error instanceof BridgeError) || !mayPass(error)) throw error;
      return {
        state: "unknown",
        says: splitRemedy(error.message).says,
        remedy: "run the doctor again",
      };
    }
  });
}

/** A signal for questions that are asked side by side: ends after so long, or with the doctor. */
export function limitOf(
  { clock, signal }: Context,
  limitMs: number,
): AbortSignal {
  const limit = endOfEither(signal, clock.deadline(limitMs));
  // each question listens to it, which Node would take for a leak
  setMaxListeners(0, signal, limit);
  return limit;
}

const silence: Finding = {
  state: "unknown",
  says: `AWS has not answered within ${probeLimitMs / 1_000} s`,
  remedy: "run the doctor again",
};

/** Whether AWS denied an action. */
export function isDenied(error: unknown): error is BridgeError {
  return error instanceof BridgeError && error.failure?.denied === true;
}
