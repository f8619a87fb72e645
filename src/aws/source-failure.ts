import { BridgeError, tellFailure } from "../kernel/errors.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Failure } from "../kernel/failure.ts";
import { codeWordOf } from "./errors.ts";
import { describeBreak, isBreak } from "./explain-network.ts";
import { explain } from "./explain.ts";
import { classify, httpStatus, networkCode } from "./failure.ts";
import { NoCredentials, WrongChoice } from "./source.ts";
import type { Source } from "./source.ts";
import type { Journey } from "./transport.ts";

/**
 * Why a source gave no credentials, as the failure of the call that needed them: nothing of that call was sent. No text of a
 * provider is shown (a process's command line may hold a secret): the source's own words, AWS's and Node's names are.
 */
export function explainSource(
  error: unknown,
  context: { source: Source; journey: Journey; subject: Subject },
): BridgeError {
  if (error instanceof BridgeError) return error.tellTo(context.subject);
  addFacts(error);
  const { source, journey, subject } = context;
  const failure = classifySource(error, journey);
  // a chain's words are those of its last link, at this moment
  const [words, remedy, action] = [
    source.words(),
    source.remedy(),
    source.action(),
  ];
  const why = (to: Subject) =>
    explainWhy(error, failure, { action, journey, subject: to });
  return tellFailure(
    codeWordOf(failure),
    (to) =>
      error instanceof WrongChoice
        ? `${to.target}: ${error.message}; ${error.remedy}`
        : `${to.target}: ${words} ${why(to)}; ${remedy}`,
    subject,
    { cause: error, failure },
  );
}

function classifySource(error: unknown, journey: Journey): Failure {
  const answer = httpStatus(error) ?? statusOf(error) ?? journey.status;
  const known =
    error instanceof NoCredentials ? undefined : classify(error, journey);
  if (known?.whose === "other-server") return { ...known, sent: "no" };
  const name = known?.name ?? (networkCode(error) || "no credentials");
  const passesByStatus =
    known === undefined &&
    answer !== undefined &&
    (answer >= 500 || answer === 429);
  const heals = passesByStatus ? "soon" : healsOf(known);
  return {
    whose: "credentials",
    sent: "no",
    heals,
    name,
    answered: known?.answered ?? false,
    denied: known?.denied ?? false,
  };
}

/** A missing file does not come by itself; a silent endpoint may. */
function healsOf(known: Failure | undefined): Failure["heals"] {
  if (!known) return "never";
  const isLocal = /^(?:ENOENT|EACCES|EISDIR|ENOTDIR|EPERM|ELOOP)$/.test(
    known.name,
  );
  return isLocal ? "never" : known.heals;
}

/** Of a container's endpoint the SDK tells a status, or how the connection broke, in words alone; whether it may pass depends on them. */
function addFacts(error: unknown): void {
  if (!(error instanceof Error)) return;
  const status = /^Server responded with status: (\d{3})$/.exec(
    error.message,
  )?.[1];
  const code = /^\w*Error: .*?\b(E[A-Z]{4,}|EAI_AGAIN)\b/.exec(
    error.message,
  )?.[1];
  if (status !== undefined)
    Object.assign(error, { statusCode: Number(status) });
  if (code !== undefined) Object.assign(error, { code });
}

/** The metadata service's, which the SDK keeps beside its error. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const status: unknown = Reflect.get(error, "statusCode");
  return typeof status === "number" ? status : undefined;
}

function explainWhy(
  error: unknown,
  failure: Failure,
  {
    action,
    journey,
    subject,
  }: { action: string | undefined; journey: Journey; subject: Subject },
): string {
  if (error instanceof NoCredentials)
    return `gave no credentials: ${error.message}`;
  const answer = classify(error, journey);
  if (answer && answer.whose !== "network" && action !== undefined) {
    const message = error instanceof Error ? error.message : "";
    const context = { action, subject: { ...subject, target: "" }, journey };
    return `gave no credentials: ${explain(answer, message, context).replace(/^: /, "")}`;
  }
  if (answer?.whose === "network" && isUnreached(answer, journey))
    return `gave no credentials: ${describeBreak(answer.name, { host: "it", ...journey })}`;
  const status = statusOf(error) ?? journey.status;
  const told = status === undefined ? failure.name : `HTTP ${status}`;
  return `gave no credentials (${told}${fileOf(error)})`;
}

/** Only what went through our own network has a journey: a container's endpoint has none, and a file that is missing breaks no connection. */
function isUnreached({ sent, name }: Failure, { host }: Journey): boolean {
  return sent === "no" && (host !== undefined || isBreak(name));
}

/** The file that was not there, or not to be read; its name is no secret. */
function fileOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const path: unknown = Reflect.get(error, "path");
  return typeof path === "string" ? `, ${path}` : "";
}
