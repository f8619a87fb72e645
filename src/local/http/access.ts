import type { Identities, Identity } from "../auth/identities.ts";
import { isAllowed } from "../auth/policy.ts";
import {
  readClaim,
  type SignedRequest,
  verifySignature,
} from "../auth/sigv4.ts";
import { type AccessFacts, AwsFault, type Call } from "../protocol.ts";

export type AccessOptions = {
  identities: Identities;
  /** Every request must be signed by a known identity. */
  strict: boolean;
  account: string;
  region: string;
  deniedActions: ReadonlySet<string>;
};

/** Who asks, once that is settled. */
export type Admission = {
  identity: Identity;
  region: string;
  verified: boolean;
};

/**
 * Settles who asks. A key that nobody registered may do everything and is not verified, unless `strict`: so any client can be
 * pointed here with made-up keys. A registered key must have signed. Throws the service's own refusal.
 */
export function admit(
  request: SignedRequest,
  nowMs: number,
  options: AccessOptions,
): Admission {
  const claim = readClaim(request);
  const region = claim?.scope.region ?? options.region;
  const known =
    claim !== undefined && options.identities.find(claim.accessKeyId);
  if (!known && !options.strict)
    return {
      identity: anybody(claim?.accessKeyId ?? "", options.account),
      region,
      verified: false,
    };
  const verification = verifySignature(
    request,
    (accessKeyId) => options.identities.find(accessKeyId),
    nowMs,
  );
  if (verification.kind === "refused")
    throw new AwsFault(
      verification.code,
      verification.message,
      verification.status,
    );
  return { identity: verification.identity, region, verified: true };
}

/** A caller without a name of our own. */
export function anybody(accessKeyId: string, account: string): Identity {
  return {
    accessKeyId,
    secretAccessKey: "",
    arn: `arn:aws:iam::${account}:user/anybody`,
    account,
  };
}

/** What a service gets to know and may ask about an admitted request. */
export function openCall(
  { identity, region }: Pick<Admission, "identity" | "region">,
  options: AccessOptions,
  { requestId, signal }: { requestId: string; signal: AbortSignal },
): Call {
  return {
    caller: {
      accessKeyId: identity.accessKeyId,
      arn: identity.arn,
      account: identity.account,
    },
    region,
    requestId,
    signal,
    authorize: (action, resource, about) =>
      authorize(identity, { ...about, action, resource }, options),
  };
}

/** What belongs to no account, as AWS's own documents, is anybody's. */
function accountOf(
  { resource, resourceAccount }: AccessFacts & { resource: string },
  { account }: Identity,
): string {
  const [named = ""] = resource.split(":").slice(4);
  return resourceAccount ?? (/^\d{12}$/.test(named) ? named : account);
}

function authorize(
  identity: Identity,
  question: AccessFacts & { action: string; resource: string },
  { deniedActions }: AccessOptions,
): void {
  const { action, resource } = question;
  const decision = deniedActions.has(action)
    ? {
        allowed: false as const,
        because: "with an explicit deny in a service control policy",
      }
    : isAllowed({
        ...question,
        identityPolicies: identity.policies,
        principalArn: identity.arn,
        sameAccount: identity.account === accountOf(question, identity),
      });
  if (decision.allowed) return;
  throw new AwsFault(
    "AccessDeniedException",
    `User: ${identity.arn} is not authorized to perform: ${action} on resource: ${resource} ${decision.because}`,
  );
}
