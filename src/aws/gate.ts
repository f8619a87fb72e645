import type { Failure } from "../kernel/failure.ts";
import type { Call } from "./companions.ts";

/** What each request has to pass before it is made, where many share what AWS allows. */
export type Gate = {
  /**
   * Resolves when the request may be made, to what has to be told how it ended: with its failure, or with nothing. An abort of the call's
   * `signal` or `early` throws its reason.
   */
  enter(action: string, call: Call): Promise<(failure?: Failure) => void>;
};
