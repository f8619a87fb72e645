import { BridgeError } from "../../kernel/errors.ts";

/** Refusals of a send that may be for one node of several. Source: SSM API reference, SendCommand, "Errors". */
const ofOneNode = new Set([
  "InvalidInstanceId",
  "UnsupportedPlatformType",
  "ValidationException",
]);

/**
 * How a send that AWS has refused goes on: in two parts, so that in the end the refusal is that of those alone whom it is for. Undefined: it
 * is everybody's. `asked` were in the request, `waiting` still want an answer. What AWS's text names is a hint at where to divide, no more.
 */
export function splitRefused(
  asked: readonly string[],
  waiting: readonly string[],
  error: unknown,
): readonly (readonly string[])[] | undefined {
  if (asked.length < 2 || !(error instanceof BridgeError)) return undefined;
  const { failure } = error;
  if (failure?.sent !== "refused" || failure.heals !== "never")
    return undefined;
  const named = new Set(failure.nodes);
  const mayBeOfOne = failure.denied
    ? asked.some((id) => named.has(id))
    : ofOneNode.has(failure.name);
  if (!mayBeOfOne) return undefined;
  // those of the others are gone, so that the same request cannot come again
  if (waiting.length < asked.length) return [waiting];
  const hinted = waiting.filter((id) => named.has(id));
  if (hinted.length > 0 && hinted.length < waiting.length)
    return [hinted, waiting.filter((id) => !named.has(id))];
  const half = Math.ceil(waiting.length / 2);
  return [waiting.slice(0, half), waiting.slice(half)];
}
