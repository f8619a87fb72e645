import type { Clock } from "../kernel/clock.ts";
import { translate } from "./errors.ts";
import type { CallContext } from "./call-context.ts";
import { classify, errorName, isSkewCorrected } from "./failure.ts";
import { checkUrl } from "./endpoints.ts";
import type { Gate } from "./gate.ts";
import type { Journey } from "./transport.ts";
import type { ClientOptions } from "./clients.ts";
import type { Call } from "./companions.ts";

/** Makes one request: with valid credentials, bounded in time, ended by the call's signal, its error translated. */
export type Caller = <T>(
  /** IAM's name of the action, `ssm:SendCommand`. */
  action: string,
  call: Call,
  work: (options: { abortSignal: AbortSignal }) => Promise<T>,
  about?: CallContext["about"],
) => Promise<T>;

/** No single request takes longer; a slower answer counts as lost. */
const requestTimeoutMs = 20_000;

/** An abort of the call's signal throws its reason; a slow answer counts as a lost one. */
export function openCaller(
  options: Pick<
    ClientOptions,
    "credentials" | "transport" | "endpoint" | "gate" | "region"
  >,
  clock: Clock,
  timeoutMs = requestTimeoutMs,
): Caller {
  const { credentials, transport, endpoint, gate, region } = options;
  return async (action, call, work, about) => {
    const { signal, subject, early = signal } = call;
    return transport.travel(async (journey) => {
      const isWritten = () =>
        journey.stage === "connected" || journey.stage === "answered";
      const attempt = async () => {
        journey.stage = "unsent";
        checkUrl(endpoint);
        await credentials.renew({
          signal: early,
          subject,
          ...(call.debug ? { debug: call.debug } : {}),
        });
        return passing(gate, { action, call, journey }, () => {
          const deadline = clock.deadline(timeoutMs);
          const answer = bounded({ signal, deadline, early }, isWritten, work);
          if (call.debug) tellTime(answer, { action, call, journey }, clock);
          return answer;
        });
      };
      try {
        return await attempt().catch((error: unknown) => {
          const isOld = outdated.has(errorName(error));
          if (isOld) credentials.forget();
          // Refused, and nothing was done: for our clock, which the SDK has corrected from the answer, or for a session or a key that
          // the source may have replaced.
          if (isOld || isSkewCorrected(error)) return attempt();
          throw error;
        });
      } catch (error) {
        signal.throwIfAborted();
        if (!isWritten()) early.throwIfAborted();
        throw translate(error, {
          action,
          subject,
          journey,
          region,
          ...(about ? { about } : {}),
          ...(endpoint ? { endpointFrom: endpoint.from } : {}),
        });
      } finally {
        if (isWritten()) call.onSent?.();
      }
    });
  };
}

/** Tells how a request ended, and when; of a failure only what classifies it. */
function tellTime(
  answer: Promise<unknown>,
  { action, call, journey }: { action: string; call: Call; journey: Journey },
  clock: Clock,
): void {
  const beganAtEpochMs = clock.now();
  const tell = (how: string) => {
    const { host = "nobody", proxy } = journey;
    const by = proxy ? ` through the proxy ${proxy.shown}` : "";
    const ms = Math.round(clock.now() - beganAtEpochMs);
    call.debug?.(`${action} to ${host}${by}: ${how} after ${ms} ms`);
  };
  answer.then(
    () => tell("answered"),
    (error: unknown) =>
      tell(classify(error, journey)?.name ?? errorName(error)),
  );
}

/** How often a request takes its turn that AWS refuses for the rate: the gate learns by each of them. */
const mostTurns = 5;

/** Makes a request when the gate lets it pass, and tells the gate how it ended. */
async function passing<T>(
  gate: Gate | undefined,
  { action, call, journey }: { action: string; call: Call; journey: Journey },
  request: () => Promise<T>,
): Promise<T> {
  if (!gate) return request();
  for (let turn = 1; ; turn += 1) {
    const leave = await gate.enter(action, call);
    call.onTurn?.();
    try {
      const answer = await request();
      leave();
      return answer;
    } catch (error) {
      const failure = classify(error, journey);
      leave(failure);
      if (failure?.heals !== "rate" || turn === mostTurns) throw error;
      journey.stage = "unsent";
    }
  }
}

/** What AWS calls a session that has ended, and a key that it does not know, or no more: SSM and CloudWatch Logs, STS, S3. */
const outdated = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidAccessKeyId",
]);

/** Ends `work` by any of the signals, by `early` only while nothing is written. Not by AbortSignal.any: Node 20 may collect one that nothing else refers to before it fires. */
async function bounded<T>(
  {
    signal,
    deadline,
    early,
  }: { signal: AbortSignal; deadline: AbortSignal; early: AbortSignal },
  isWritten: () => boolean,
  work: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  early.throwIfAborted();
  const ending = new AbortController();
  const end = () => ending.abort();
  const endUnwritten = () => {
    if (!isWritten()) end();
  };
  const ends = [signal, deadline];
  for (const source of ends) source.addEventListener("abort", end);
  early.addEventListener("abort", endUnwritten);
  try {
    return await work({ abortSignal: ending.signal });
  } finally {
    for (const source of ends) source.removeEventListener("abort", end);
    early.removeEventListener("abort", endUnwritten);
  }
}
