import type { Failure } from "./failure.ts";

/**
 * Why we could not do our own work. A remote exit code, a timeout or a cancel is an `Outcome`, never an error.
 * The code is the word that follows `rundeck-ssm:` on the one line a user sees, and decides the exit status.
 */
export type ErrorCode = keyof typeof exitCodes;

/** Exit statuses by error code (sysexits where they fit). Documented in docs/errors.md. */
export const exitCodes = {
  "node-unreachable": 69,
  defect: 70,
  "transfer-failed": 74,
  "output-incomplete": 74,
  /** refused for its rate: nothing was done */
  "aws-throttled": 75,
  /** answered 5xx, or in a way that nobody can read: it may have been done */
  "aws-failing": 75,
  /** no answer: it may have been done */
  "aws-silent": 75,
  /** no connection: nothing was done */
  "aws-unreachable": 75,
  /** a proxy or another server answered */
  "not-aws": 75,
  /** where credentials come from stayed silent or failed, until there was no time left */
  "credentials-unavailable": 75,
  /** a sidecar that is alive does not answer `rundeck-ssm sidecar` */
  "sidecar-silent": 75,
  "access-denied": 77,
  "credentials-invalid": 77,
  /** AWS refused the request for a reason of its own, which is named */
  "aws-refused": 78,
  "setting-invalid": 78,
  "setting-missing": 78,
  "execution-timeout": 124,
  "delivery-timeout": 124,
  cancelled: 143,
} as const;

/** What a message names: passed with each call, since clients know no node. */
export type Subject = {
  /** "node web-1 (i-…, us-east-1)" */
  target: string;
  /** A setting by its name, with value and layer: "ssm-copier-bucket (files, project.ssm-copier-bucket)". */
  setting(name: string): string;
  /** The same as the beginning of a sentence: "ssm-copier-bucket is "files", from project.ssm-copier-bucket". */
  state(name: string): string;
};

/** Words that begin with a setting, as `ssm-run-as: …`: with its value and layer, which who wrote them does not know. */
export function nameSettingIn(
  words: string,
  subject: Pick<Subject, "setting">,
): string {
  return words.replace(/^ssm-[a-z-]+(?=: )/, (name) => subject.setting(name));
}

export class BridgeError extends Error {
  readonly code: ErrorCode;
  /** Of a call to AWS. */
  readonly failure: Failure | undefined;
  readonly #words: Words | undefined;

  /** `message` is one line: what failed, on which node, what to change. It never holds a secret, command text or output. */
  constructor(
    code: ErrorCode,
    message: string,
    options?: ErrorOptions & {
      failure?: Failure | undefined;
      /** How `message` reads for another subject whom the failure concerns, too. */
      words?: Words;
    },
  ) {
    super(message, options);
    this.name = "BridgeError";
    this.code = code;
    this.failure = options?.failure;
    this.#words = options?.words;
  }

  /** The same failure in words for one of several whom it concerns. */
  tellTo(subject: Subject): BridgeError {
    const words = this.#words;
    return words ? tellFailure(this.code, words, subject, this) : this;
  }
}

type Words = (subject: Subject) => string;

/** A failure that may concern several, each with a subject of its own. */
export function tellFailure(
  code: ErrorCode,
  words: Words,
  subject: Subject,
  { cause, failure }: { cause?: unknown; failure: Failure | undefined },
): BridgeError {
  return new BridgeError(code, words(subject), { cause, failure, words });
}

/** What is wrong with the Rundeck server's environment, seen by whoever knows no node: `tellTo` names that. */
export function wrongEnvironment(
  what: string,
  options?: ErrorOptions,
): BridgeError {
  return new BridgeError("setting-invalid", what, {
    ...options,
    words: ({ target }) => `${target}: ${what}`,
  });
}

/** The same failure with more said. */
export function extend(error: BridgeError, message: string): BridgeError {
  const { failure } = error;
  return new BridgeError(error.code, message, { cause: error, failure });
}

/** Whether a failure may pass by itself. */
export function mayPass(error: unknown): boolean {
  return (
    error instanceof BridgeError &&
    error.failure !== undefined &&
    error.failure.heals !== "never"
  );
}

/** Whether a call that failed may have had its effect. */
export function mayHaveHappened(error: unknown): boolean {
  return error instanceof BridgeError && error.failure?.sent === "unknown";
}
