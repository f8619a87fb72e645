import { BridgeError, tellFailure } from "../kernel/errors.ts";
import type { ErrorCode } from "../kernel/errors.ts";
import type { Failure } from "../kernel/failure.ts";
import { explain } from "./explain.ts";
import type { CallContext } from "./call-context.ts";
import { classify } from "./failure.ts";

/** A failed call in our words. What no call explains is a defect, and stays as it is. */
export function translate(error: unknown, context: CallContext): unknown {
  if (error instanceof BridgeError) return error.tellTo(context.subject);
  const failure = classify(error, context.journey);
  if (!failure) return error;
  const message = error instanceof Error ? error.message : "";
  return tellFailure(
    codeWordOf(failure),
    (subject) => explain(failure, message, { ...context, subject }),
    context.subject,
    { cause: error, failure },
  );
}

/** The code-word of a failure. */
export function codeWordOf(failure: Failure): ErrorCode {
  switch (failure.whose) {
    case "network":
      return failure.sent === "no" ? "aws-unreachable" : "aws-silent";
    case "other-server":
      return "not-aws";
    case "settings":
      return "setting-invalid";
    case "credentials":
      if (failure.denied) return "access-denied";
      return failure.heals === "never"
        ? "credentials-invalid"
        : "credentials-unavailable";
    case "aws":
      return codeWordOfAnswer(failure);
  }
}

function codeWordOfAnswer({ heals, denied, name }: Failure): ErrorCode {
  if (heals === "rate") return "aws-throttled";
  if (heals === "soon") return "aws-failing";
  if (denied) return "access-denied";
  return name === "InvalidInstanceId" ? "node-unreachable" : "aws-refused";
}
