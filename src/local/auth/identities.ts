import { randomBytes } from "node:crypto";
import { AwsFault, type PolicyDocument } from "../protocol.ts";
import { isAllowed } from "./policy.ts";
import { matchesPrincipal } from "./principal.ts";

/** A pair of keys and whom they belong to. */
export type Identity = {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiresAtEpochMs?: number;
  /** How far AWS's clock is ahead of its own, where that is not to be held against it. */
  forgivenSkewMs?: number;
  arn: string;
  account: string;
  /** Absent: everything is allowed. An empty list: nothing is. */
  policies?: PolicyDocument[];
};

/** A role that may be assumed. */
export type Role = {
  arn: string;
  /** Absent: everything is allowed. */
  policies?: PolicyDocument[];
  /** ARNs that the trust policy names (a user, a role, or an account's root). Absent: anybody. */
  trusts?: string[];
  externalId?: string;
  /** The whole trust policy, in place of these two. */
  trustPolicy?: PolicyDocument;
  /** Default 3,600, as in AWS. */
  maxSessionSeconds?: number;
  /** How long sessions really last, whatever was asked: lets a test see them renewed. */
  lastsSeconds?: number;
};

export type AssumeRequest = {
  caller: { arn: string; account: string };
  sessionName: string;
  externalId?: string;
  /** Default 3,600. */
  durationSeconds?: number;
  nowEpochMs: number;
};

export type Assumed = {
  identity: Identity & { sessionToken: string; expiresAtEpochMs: number };
  assumedRoleId: string;
};

export type Identities = {
  add(identity: Identity): void;
  /** Takes keys away, as a deleted access key: requests with them are unknown from then on. */
  remove(accessKeyId: string): void;
  find(accessKeyId: string): Identity | undefined;
  addRole(role: Role): void;
  /** Issues a session's keys and knows them from then on. While no role is registered every role may be assumed. */
  assume(roleArn: string, request: AssumeRequest): Assumed;
};

export function createIdentities(): Identities {
  const byKey = new Map<string, Identity>();
  const roles = new Map<string, Role>();
  return {
    add: (identity) => void byKey.set(identity.accessKeyId, identity),
    remove: (accessKeyId) => void byKey.delete(accessKeyId),
    find: (accessKeyId) => byKey.get(accessKeyId),
    addRole: (role) => void roles.set(role.arn, role),
    assume(roleArn, request) {
      const role =
        roles.get(roleArn) ?? (roles.size === 0 ? { arn: roleArn } : undefined);
      const assumed = startSession(
        trustedRole(role, roleArn, request),
        request,
      );
      byKey.set(assumed.identity.accessKeyId, assumed.identity);
      return assumed;
    },
  };
}

/** An unknown role, one that does not trust the caller and a wrong external id are answered alike: AWS does not tell them apart. */
function trustedRole(
  role: Role | undefined,
  roleArn: string,
  request: AssumeRequest,
): Role {
  const { caller } = request;
  const trusted =
    role !== undefined &&
    (role.externalId === undefined || role.externalId === request.externalId) &&
    (role.trusts === undefined ||
      role.trusts.some((principal) =>
        matchesPrincipal(principal, caller.arn),
      )) &&
    (role.trustPolicy === undefined ||
      isTrusted(role.trustPolicy, roleArn, request));
  if (!trusted)
    throw new AwsFault(
      "AccessDenied",
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      403,
    );
  return role;
}

/** The caller's own policies have been asked before. */
function isTrusted(
  trustPolicy: PolicyDocument,
  roleArn: string,
  { caller, externalId }: AssumeRequest,
): boolean {
  return isAllowed({
    principalArn: caller.arn,
    sameAccount: false,
    action: "sts:AssumeRole",
    resource: roleArn,
    resourcePolicy: trustPolicy,
    conditionKeys:
      externalId === undefined ? {} : { "sts:ExternalId": externalId },
  }).allowed;
}

function startSession(role: Role, request: AssumeRequest): Assumed {
  const durationSeconds = request.durationSeconds ?? 3_600;
  refuseLongSession(role, request.caller.arn, durationSeconds);
  const { account, name } = parseRoleArn(role.arn);
  const sessionToken = randomBytes(96).toString("base64");
  return {
    assumedRoleId: `AROA${randomId(role.arn)}:${request.sessionName}`,
    identity: {
      accessKeyId: `ASIA${randomId()}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken,
      expiresAtEpochMs:
        request.nowEpochMs + (role.lastsSeconds ?? durationSeconds) * 1_000,
      arn: `arn:aws:sts::${account}:assumed-role/${name}/${request.sessionName}`,
      account,
      ...(role.policies ? { policies: role.policies } : {}),
    },
  };
}

/** A role assumed from a role is capped at one hour, whatever the role itself allows. */
function refuseLongSession(
  role: Role,
  callerArn: string,
  durationSeconds: number,
): void {
  if (callerArn.includes(":assumed-role/") && durationSeconds > 3_600)
    throw new AwsFault(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  if (durationSeconds > (role.maxSessionSeconds ?? 3_600))
    throw new AwsFault(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
}

/** Throws ValidationError as STS does for anything that is no role's ARN. */
function parseRoleArn(arn: string): { account: string; name: string } {
  const [, account, name] =
    /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (account === undefined || name === undefined)
    throw new AwsFault("ValidationError", `${arn} is invalid`);
  return { account, name };
}

/** 16 characters of the alphabet of AWS's ids; the same for the same `of`. */
function randomId(of?: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bytes =
    of === undefined ? randomBytes(16) : Buffer.from(of.padEnd(16).slice(-16));
  return [...bytes].map((byte) => alphabet.charAt(byte % 32)).join("");
}
