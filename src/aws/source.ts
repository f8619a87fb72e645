import type { fromNodeProviderChain } from "@aws-sdk/credential-providers";

/** A source that has not answered by then is asked anew. */
export const sourceTimeoutMs = 15_000;

/** Credentials as the SDK takes them. */
export type Identity = Awaited<
  ReturnType<ReturnType<typeof fromNodeProviderChain>>
>;

/** A place that credentials come from. It has no deadline of its own: whoever asks has. */
export type Source = {
  /** What it is, for messages: "the profile prod (ssm-profile, …)". Of a chain: the link that was asked last. */
  words(): string;
  /** What to change when it gives nothing. */
  remedy(): string;
  /** IAM's name of what it asks AWS for, if it does. */
  action(): string | undefined;
  fetch(): Promise<Identity>;
  /** Of a chain: why each of the sources before the one that was asked last gave nothing. */
  passed?(): readonly string[];
};

/** Why a source of a chain is not set up. `isHalf`: somebody meant it, and something that it needs is missing. */
export type Absence = { why: string; isHalf: boolean };

/** Two names that belong together, of which only one is there: "a without b". */
export function halfOf(
  given: Readonly<Record<string, string | undefined>>,
  first: string,
  second: string,
): string | undefined {
  if (Boolean(given[first]) === Boolean(given[second])) return undefined;
  return given[first]
    ? `${first} without ${second}`
    : `${second} without ${first}`;
}

/** A source that has nothing to give; the message says why, in our own words. */
export class NoCredentials extends Error {}

/** What chose a source is wrong in itself: the message says how, and what mends it is not the source's remedy. */
export class WrongChoice extends NoCredentials {
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}
