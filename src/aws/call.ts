import type { Clock } from "../kernel/clock.ts";
import { requestTimeoutMs } from "./clients.ts";
import { translate } from "./errors.ts";

/** Makes one request: bounded in time, ended by `signal`, its error translated. */
export type Caller = <T>(
  /** IAM's name of the action, `ssm:SendCommand`. */
  action: string,
  signal: AbortSignal,
  work: (options: { abortSignal: AbortSignal }) => Promise<T>,
) => Promise<T>;

/** `target` names node and region in error lines. An abort of `signal` throws its reason; a slow answer counts as a lost one. */
export function openCaller(
  target: string,
  clock: Clock,
  timeoutMs = requestTimeoutMs,
): Caller {
  return async (action, signal, work) => {
    const attempt = async () => {
      signal.throwIfAborted();
      const ending = new AbortController();
      const end = () => ending.abort();
      const ends = [signal, clock.deadline(timeoutMs)];
      for (const source of ends) source.addEventListener("abort", end);
      try {
        return await work({ abortSignal: ending.signal });
      } finally {
        for (const source of ends) source.removeEventListener("abort", end);
      }
    };
    try {
      return await attempt().catch((error: unknown) => {
        // refused for our clock: nothing was done, and the SDK has learnt the difference from the answer
        if (isSkewCorrected(error)) return attempt();
        throw error;
      });
    } catch (error) {
      signal.throwIfAborted();
      throw translate(error, { action, target });
    }
  };
}

/** Source: the SDK's metadata of a failed request. */
function isSkewCorrected(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const metadata: unknown = Reflect.get(error, "$metadata");
  return (
    typeof metadata === "object" &&
    metadata !== null &&
    Reflect.get(metadata, "clockSkewCorrected") === true
  );
}
