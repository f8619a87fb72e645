import type {
  AccessFacts,
  PolicyDocument,
  PolicyStatement,
} from "../protocol.ts";
import { holds } from "./condition.ts";
import { matchesPattern } from "./pattern.ts";
import { matchesPrincipal } from "./principal.ts";

export type AccessQuestion = AccessFacts & {
  /** Absent: the identity itself may do everything. */
  identityPolicies?: PolicyDocument[] | undefined;
  principalArn: string;
  sameAccount: boolean;
  action: string;
  resource: string;
};

export type AccessDecision =
  | { allowed: true }
  | {
      allowed: false;
      /** The end of AWS's sentence: "because no identity-based policy allows the ssm:SendCommand action". */
      because: string;
    };

/**
 * IAM's evaluation: an explicit deny wins; within one account either side's allow is enough; across accounts both are needed. A key's
 * policy has to allow in any case, the caller itself or the account for its identities' own policies.
 * Source: IAM User Guide, "Policy evaluation logic"; KMS Developer Guide, "Key policies".
 */
export function isAllowed(question: AccessQuestion): AccessDecision {
  const { identityPolicies, resourcePolicy, sameAccount, action } = question;
  const identity = identityPolicies?.flatMap(statementsOf);
  const resource = resourcePolicy ? statementsOf(resourcePolicy) : [];
  if (identity?.some((it) => it.Effect === "Deny" && applies(it, question)))
    return denied("with an explicit deny in an identity-based policy");
  if (resource.some((it) => it.Effect === "Deny" && names(it, question)))
    return denied("with an explicit deny in a resource-based policy");

  const byIdentity =
    identity === undefined ||
    identity.some((it) => it.Effect === "Allow" && applies(it, question));
  const byResource = resource.some(
    (it) => it.Effect === "Allow" && names(it, question),
  );
  const direct = sameAccount && grantsDirectly(resource, question);
  const eitherSuffices = sameAccount && question.resourceKind !== "key";
  if (direct || (byIdentity && (eitherSuffices || byResource)))
    return { allowed: true };
  return denied(
    byIdentity
      ? `because no resource-based policy allows the ${action} action`
      : `because no identity-based policy allows the ${action} action`,
  );
}

/** An account as principal only hands the decision to that account's own policies; a user, a role or `*` is granted itself. */
function grantsDirectly(
  statements: PolicyStatement[],
  question: AccessQuestion,
): boolean {
  return statements.some(
    (it) =>
      it.Effect === "Allow" &&
      applies(it, question) &&
      principalsOf(it).some(
        (principal) =>
          !/^(\d{12}|arn:aws:iam::\d{12}:root)$/.test(principal) &&
          matchesPrincipal(principal, question.principalArn),
      ),
  );
}

function denied(because: string): AccessDecision {
  return { allowed: false, because };
}

function statementsOf(policy: PolicyDocument): PolicyStatement[] {
  return listOf(policy.Statement);
}

/** Whether a statement of a resource's policy means this caller, action and resource. */
function names(statement: PolicyStatement, question: AccessQuestion): boolean {
  return (
    applies(statement, question) &&
    principalsOf(statement).some((principal) =>
      matchesPrincipal(principal, question.principalArn),
    )
  );
}

function applies(
  statement: PolicyStatement,
  { action, resource, conditionKeys = {} }: AccessQuestion,
): boolean {
  return (
    listOf(statement.Action).some((pattern) =>
      matchesPattern(pattern.toLowerCase(), action.toLowerCase()),
    ) &&
    listOf(statement.Resource ?? "*").some((pattern) =>
      matchesPattern(pattern, resource),
    ) &&
    holds(statement.Condition ?? {}, conditionKeys)
  );
}

function principalsOf({ Principal }: PolicyStatement): string[] {
  if (Principal === undefined) return [];
  return Principal === "*" ? ["*"] : listOf(Principal.AWS);
}

function listOf<T>(oneOrMany: T | T[]): T[] {
  return Array.isArray(oneOrMany) ? oneOrMany : [oneOrMany];
}
