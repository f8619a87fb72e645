/**
 * What is known of a call to AWS that failed. `aws/failure.ts` alone decides it; whether the call is repeated, its code-word, its exit
 * status and its text follow from this value.
 */
export type Failure = {
  /** Whose failure it is: `other-server` is a proxy or whatever else answered in AWS's place. */
  whose: "credentials" | "network" | "other-server" | "aws" | "settings";
  /** Whether the call had its effect: it never left us, somebody refused it, or nobody knows. */
  sent: "no" | "refused" | "unknown";
  /** Whether it may pass by itself. `rate`: AWS was asked too often. */
  heals: "never" | "soon" | "rate";
  /** AWS's own name for it, or Node's: `InvalidInstanceId`, `ECONNREFUSED`. */
  name: string;
  /** AWS itself answered, if only by a refusal: it is there. */
  answered: boolean;
  /** AWS denied an action. */
  denied: boolean;
  /** Instance ids that a refusal's text names: a hint at whom it is for, no more. */
  nodes?: readonly string[];
};
