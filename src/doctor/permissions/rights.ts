import { parseDenial } from "../../aws/explain.ts";
import { BridgeError } from "../../kernel/errors.ts";
import type { Finding } from "../check.ts";
import { isDenied } from "../probe.ts";
import { splitRemedy } from "../remedy.ts";

/** A right of ours: IAM's name of it, and what a run does without it. */
export type Right = {
  action: string;
  /** A run fails without it, or works around that. */
  without: "problem" | "warning";
  means: string;
  /** What prints the statement that allows it. */
  policy: "executor" | "copier";
  /** AWS's names for what it refuses only to whoever has the right. */
  proofs?: readonly string[];
  /** What to change for a refusal of another kind, by AWS's name for it. */
  remedies?: Readonly<Record<string, string>>;
  /** What a denial tells where it is not of the right itself. */
  otherwise?: (denial: Denial) => Finding | undefined;
};

/** What AWS's own words of a denial name. */
export type Denial = ReturnType<typeof parseDenial>;

/** Tries a right by a request that can't succeed. Throws what tells nothing of the right. */
export async function tryRight(
  right: Right,
  request: () => Promise<unknown>,
): Promise<Finding> {
  try {
    await request();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const { denied, name = "" } = error.failure ?? {};
    if (denied) return judge(right, error);
    const { proofs = [], remedies = {} } = right;
    const remedy = remedies[name];
    if (remedy !== undefined) return lacking(right, error, { remedy });
    if (!proofs.includes(name)) throw error;
  }
  return { state: "ok", says: "allowed" };
}

/** What a run can't have: it fails, or works around that. */
function lacking(
  { without }: Right,
  error: BridgeError,
  {
    says = splitRemedy(error.message).says,
    remedy,
  }: { says?: string; remedy: string },
): Finding {
  return without === "problem"
    ? { state: "problem", code: error.code, says, remedy }
    : { state: "warning", says, remedy };
}

/** The action, the resource and the reason as AWS named them, and what to change. */
function judge(right: Right, error: BridgeError): Finding {
  const other = right.otherwise?.(denialOf(error));
  if (other) return other;
  return lacking(right, error, {
    says: `${splitRemedy(error.message).says}: ${right.means}`,
    remedy: remedyOf(right, error),
  });
}

/** What something else than the policy of the credentials denies has a remedy of its own. */
const elsewhere =
  /explicit deny|control polic|boundary|session polic|endpoint polic|resource-based/i;

function remedyOf({ action, policy }: Right, error: BridgeError): string {
  const { reason = "" } = denialOf(error);
  return elsewhere.test(reason)
    ? splitRemedy(error.message).remedy
    : `allow ${action} to the credentials in use; rundeck-ssm policy ${policy} prints the statement`;
}

function denialOf({ cause }: BridgeError): Denial {
  return parseDenial(cause instanceof Error ? cause.message : "");
}

/** What is only read to tell more: without the right it is unknown, and no run misses it. */
export async function readFact(
  action: string,
  read: () => Promise<Finding>,
): Promise<Finding> {
  try {
    return await read();
  } catch (error) {
    if (!isDenied(error)) throw error;
    return {
      state: "unknown",
      says: `not told: ${action} is denied, which no run needs`,
    };
  }
}
