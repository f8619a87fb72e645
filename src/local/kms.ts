import { isAllowed } from "./auth/policy.ts";
import { AwsFault, type Call, type PolicyDocument } from "./protocol.ts";

/** KMS as S3 uses it for its callers. A key that nobody has added may be used by all. */
export type Keys = {
  /** Throws KMS's own refusal of a policy that nobody could change again. */
  add(arn: string, policy: PolicyDocument): void;
  /** Throws access denied unless the caller may do this with the key. */
  authorize(
    call: Call,
    action: "kms:GenerateDataKey" | "kms:Decrypt",
    arn: string | undefined,
  ): void;
};

export function createKeys(): Keys {
  const policies = new Map<string, PolicyDocument>();
  return {
    add: (arn, policy) => {
      refuseLockout(arn, policy);
      policies.set(arn, policy);
    },
    authorize: (call, action, arn) => {
      const policy = arn === undefined ? undefined : policies.get(arn);
      if (arn === undefined || policy === undefined) return;
      call.authorize(action, arn, {
        resourcePolicy: policy,
        resourceKind: "key",
        resourceAccount: accountOf(arn),
      });
    },
  };
}

/** Source: KMS API reference, PutKeyPolicy, BypassPolicyLockoutSafetyCheck. */
function refuseLockout(arn: string, policy: PolicyDocument): void {
  const { allowed } = isAllowed({
    principalArn: `arn:aws:iam::${accountOf(arn)}:root`,
    sameAccount: true,
    action: "kms:PutKeyPolicy",
    resource: arn,
    resourcePolicy: policy,
    resourceKind: "key",
  });
  if (!allowed)
    throw new AwsFault(
      "MalformedPolicyDocumentException",
      "The new key policy will not allow you to update the key policy in the future.",
    );
}

function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}
