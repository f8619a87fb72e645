import type { Assumed, Identities } from "../auth/identities.ts";
import type { LocalClock } from "../clock.ts";
import { AwsFault, type Call } from "../protocol.ts";
import { element, xmlDocument, type XmlContent } from "../s3/xml.ts";

export type Sts = {
  /** Answers the XML document. */
  handle(form: URLSearchParams, call: Call): string;
};

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";

/** STS: whose keys are these, and sessions of roles. */
export function createSts(identities: Identities, clock: LocalClock): Sts {
  return {
    handle: (form, call) => {
      const operation = form.get("Action") ?? "";
      switch (operation) {
        case "GetCallerIdentity":
          return answer(operation, callerIdentity(call), call);
        case "AssumeRole":
          return answer(
            operation,
            assumeRole(form, call, identities, clock),
            call,
          );
        case "AssumeRoleWithWebIdentity":
          return answer(
            operation,
            assumeRoleWithWebIdentity(form, call, identities, clock),
            call,
          );
        default:
          throw new AwsFault(
            "InvalidAction",
            `Could not find operation ${operation} for version 2011-06-15`,
          );
      }
    },
  };
}

function callerIdentity({ caller }: Call): XmlContent {
  return {
    Arn: caller.arn,
    UserId: caller.accessKeyId,
    Account: caller.account,
  };
}

function assumeRole(
  form: URLSearchParams,
  call: Call,
  identities: Identities,
  clock: LocalClock,
): XmlContent {
  const roleArn = required(form, "RoleArn", /^.{20,2048}$/);
  const sessionName = required(form, "RoleSessionName", /^[\w+=,.@-]{2,64}$/);
  const seconds = form.get("DurationSeconds");
  const externalId = form.get("ExternalId");
  const durationSeconds = seconds === null ? undefined : Number(seconds);
  if (
    durationSeconds !== undefined &&
    !(durationSeconds >= 900 && durationSeconds <= 43_200)
  )
    throw invalid("durationSeconds", String(seconds));
  // the role's own account is asked by its trust policy
  call.authorize("sts:AssumeRole", roleArn, {
    resourceAccount: call.caller.account,
  });
  return viewSession(
    identities.assume(roleArn, {
      caller: call.caller,
      sessionName,
      nowEpochMs: clock.now(),
      ...(externalId === null ? {} : { externalId }),
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
    }),
  );
}

/** Nobody signs it: the token tells who asks. Ours holds three parts, as every JWT, and is not verified. */
function assumeRoleWithWebIdentity(
  form: URLSearchParams,
  call: Call,
  identities: Identities,
  clock: LocalClock,
): XmlContent {
  const roleArn = required(form, "RoleArn", /^.{20,2048}$/);
  const sessionName = required(form, "RoleSessionName", /^[\w+=,.@-]{2,64}$/);
  const token = required(form, "WebIdentityToken", /^.{4,20000}$/s);
  if (token.split(".").length !== 3)
    throw new AwsFault(
      "InvalidIdentityToken",
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  return viewSession(
    identities.assume(roleArn, {
      caller: call.caller,
      sessionName,
      nowEpochMs: clock.now(),
    }),
  );
}

function viewSession({ identity, assumedRoleId }: Assumed): XmlContent {
  return {
    Credentials: {
      AccessKeyId: identity.accessKeyId,
      SecretAccessKey: identity.secretAccessKey,
      SessionToken: identity.sessionToken,
      Expiration: new Date(identity.expiresAtEpochMs).toISOString(),
    },
    AssumedRoleUser: { AssumedRoleId: assumedRoleId, Arn: identity.arn },
  };
}

function required(
  form: URLSearchParams,
  name: string,
  pattern: RegExp,
): string {
  const value = form.get(name);
  const member = name.charAt(0).toLowerCase() + name.slice(1);
  if (value === null || !pattern.test(value)) throw invalid(member, value);
  return value;
}

function invalid(member: string, value: string | null): AwsFault {
  const shown = value === null ? "null" : `'${value}'`;
  return new AwsFault(
    "ValidationError",
    `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint`,
  );
}

function answer(operation: string, result: XmlContent, call: Call): string {
  return xmlDocument(
    element(`${operation}Response xmlns="${namespace}"`, {
      [`${operation}Result`]: result,
      ResponseMetadata: { RequestId: call.requestId },
    }),
  );
}
