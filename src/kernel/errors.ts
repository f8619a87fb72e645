/**
 * Why we could not do our own work. A remote exit code, a timeout or a cancel is an `Outcome`, never an error.
 * The code is the word that follows `rundeck-ssm:` on the one line a user sees, and decides the exit status.
 */
export type ErrorCode = keyof typeof exitCodes;

/** Exit statuses by error code (sysexits where they fit). Documented in README.md, "Exit codes". */
export const exitCodes = {
  "node-unreachable": 69,
  defect: 70,
  "transfer-failed": 74,
  "output-incomplete": 74,
  /** refused for its rate: nothing was done */
  "aws-throttled": 75,
  /** answered 5xx: it may have been done */
  "aws-failing": 75,
  /** no answer: it may have been done */
  "aws-silent": 75,
  /** no connection: nothing was done */
  "aws-unreachable": 75,
  "access-denied": 77,
  "credentials-invalid": 77,
  "setting-invalid": 78,
  "setting-missing": 78,
  "execution-timeout": 124,
  "delivery-timeout": 124,
  cancelled: 143,
} as const;

export class BridgeError extends Error {
  readonly code: ErrorCode;

  /** `message` is one line: what failed, on which node, what to change. It never holds a secret, command text or output. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BridgeError";
    this.code = code;
  }
}
