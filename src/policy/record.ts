import type { Condition } from "./document.ts";
import type { Kind, PolicySettings } from "./settings.ts";

/** One statement of policies: all that they, docs/iam.md and the tests say of it. */
export type StatementRecord = {
  sid: string;
  /** The policies that have it. */
  kinds: readonly Kind[];
  /** Whose right it is: the principal, where the policy is a resource's. */
  of: "rundeck" | "nodes" | "account";
  /** What it is for, in one sentence. */
  purpose: string;
  /** Absent: always. */
  isNeeded?: (settings: PolicySettings, kind: Kind) => boolean;
  actions: readonly ActionRecord[];
  /** None in a trust policy, which is about its role. */
  resources?: (settings: PolicySettings, kind: Kind) => readonly string[];
  condition?: (settings: PolicySettings) => Condition | undefined;
};

export type ActionRecord = {
  name: string;
  /** What happens without it. */
  without: string;
  /** Absent: with its statement. */
  isNeeded?: (settings: PolicySettings, kind: Kind) => boolean;
};

export function passesFiles({ bucketFor }: PolicySettings): boolean {
  return bucketFor !== "output";
}

export function passesOutput({ bucketFor }: PolicySettings): boolean {
  return bucketFor !== "files";
}

/** A bucket's own policy has to name one, given or not. */
export function hasBucket({ bucket }: PolicySettings, kind: Kind): boolean {
  return bucket !== undefined || kind === "bucket";
}

/** The same of a key. */
export function hasKey(settings: PolicySettings, kind: Kind): boolean {
  return (
    kind === "key" ||
    (settings.kmsKey !== undefined && settings.bucket !== undefined)
  );
}
