import type { PolicyDocument } from "../../src/local/protocol.ts";
import { parseArguments } from "../../src/main/arguments.ts";
import { kindOfPolicyOption, requestOf } from "../../src/main/cli-policy.ts";
import { composePolicy } from "../../src/policy/compose.ts";
import { kinds, type Kind } from "../../src/policy/settings.ts";

/** A statement, or one action of it, that somebody has left out. */
export type Omission = {
  kind: Kind;
  sid: string;
  action?: string;
  /** What its ARN ends with. */
  resource?: string;
};

/** What `rundeck-ssm policy` prints for these options, by kind; who is a placeholder there is named. */
export function policiesFor(
  words: readonly string[],
): Record<Kind, PolicyDocument> {
  const { settings } = requestOf(
    parseArguments(["policy", "all", ...words], (_, name) =>
      kindOfPolicyOption(name),
    ),
  );
  const of = (kind: Kind) => composePolicy(kind, settings);
  return {
    executor: of("executor"),
    copier: of("copier"),
    node: of("node"),
    bucket: nameRoles(of("bucket")),
    key: nameRoles(of("key")),
    trust: of("trust"),
  };
}

/** Who the placeholders stand for in this world. */
function nameRoles(policy: PolicyDocument): PolicyDocument {
  return {
    ...policy,
    Statement: [policy.Statement].flat().map((statement) => {
      const { Principal } = statement;
      if (Principal === undefined || Principal === "*") return statement;
      const AWS = [Principal.AWS]
        .flat()
        .map((arn) =>
          arn
            .replace("RUNDECK_ROLE", "rundeck-server")
            .replace("NODES_ROLE", "managed-node"),
        );
      return { ...statement, Principal: { AWS } };
    }),
  };
}

export function omit(
  policies: Record<Kind, PolicyDocument>,
  { kind, sid, action, resource }: Omission,
): Record<Kind, PolicyDocument> {
  const Statement = [policies[kind].Statement].flat().flatMap((statement) => {
    if (statement.Sid !== sid) return [statement];
    if (resource !== undefined) {
      const Resource = [statement.Resource ?? []]
        .flat()
        .filter((arn) => !arn.endsWith(resource));
      return [{ ...statement, Resource }];
    }
    const Action = [statement.Action].flat().filter((name) => name !== action);
    return action === undefined || Action.length === 0
      ? []
      : [{ ...statement, Action }];
  });
  return { ...policies, [kind]: { ...policies[kind], Statement } };
}

/** Every statement and every action that a policy has. */
export function listOmissions(
  policies: Record<Kind, PolicyDocument>,
): Omission[] {
  return kinds.flatMap((kind) =>
    [policies[kind].Statement]
      .flat()
      .flatMap(({ Sid: sid = "", Action }) =>
        [Action].flat().map((action) => ({ kind, sid, action })),
      ),
  );
}
