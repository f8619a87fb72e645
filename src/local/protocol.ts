/** The seams inside the local AWS: what a service gets from the HTTP server, and how it says no. */

/** Who signed a request (an access key of ours, an assumed role, or a node with its own role). */
export type Caller = { accessKeyId: string; arn: string; account: string };

/** One authenticated request, as a service sees it. */
export type Call = {
  caller: Caller;
  region: string;
  requestId: string;
  /** Aborts when the client hangs up. */
  signal: AbortSignal;
  /** Throws the service's access-denied fault unless the caller's policies (and the resource's, if it has one) allow it. */
  authorize(action: string, resource: string, about?: AccessFacts): void;
};

/** What policies may ask about beside the action and the resource's ARN. */
export type AccessFacts = {
  resourcePolicy?: PolicyDocument | undefined;
  /** A key's policy decides whether those of its account's identities count at all. */
  resourceKind?: "key";
  /** The account that the resource belongs to, if its ARN does not say (an S3 bucket's): a caller of another account needs both. */
  resourceAccount?: string | undefined;
  /** Condition keys that the request has, such as `ssm:resourceTag/Env`. */
  conditionKeys?: Readonly<Record<string, string>>;
};

/** A JSON 1.1 service (SSM, CloudWatch Logs): one operation at a time, input and output as plain JSON. */
export type JsonService = {
  handle(operation: string, input: unknown, call: Call): Promise<object>;
};

/** An error in AWS's own words. The server gives it the shape of the protocol it was asked in. */
export class AwsFault extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = "AwsFault";
    this.code = code;
    this.status = status;
  }
}

/** An IAM policy document, as a user writes it. */
export type PolicyDocument = {
  Version?: string;
  Statement: PolicyStatement | PolicyStatement[];
};
export type PolicyStatement = {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | { AWS: string | string[] };
  Action: string | string[];
  /** A role's trust policy has none: it is about the role. */
  Resource?: string | string[];
  /** Operator → condition key → values, of which one must match. All of them have to hold. */
  Condition?: Record<string, Record<string, string | string[]>>;
};
