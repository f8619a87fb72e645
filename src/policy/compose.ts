import { accountOf, iamArn } from "./arns.ts";
import { commandStatements } from "./commands.ts";
import { oneOrMore } from "./document.ts";
import type { PolicyDocument, Statement } from "./document.ts";
import { keyStatements, objectStatements } from "./objects.ts";
import type { ActionRecord, StatementRecord } from "./record.ts";
import { placeholders } from "./settings.ts";
import type { Kind, PolicySettings } from "./settings.ts";
import { trustStatements } from "./trust.ts";

/** Every statement that there is. */
export const statements: readonly StatementRecord[] = [
  ...commandStatements,
  ...objectStatements,
  ...keyStatements,
  ...trustStatements,
];

/** A statement as some settings need it. */
export type NeededStatement = {
  record: StatementRecord;
  actions: readonly ActionRecord[];
};

export function listNeeded(
  kind: Kind,
  settings: PolicySettings,
): NeededStatement[] {
  return statements
    .filter(
      ({ kinds, isNeeded }) =>
        kinds.includes(kind) && (isNeeded?.(settings, kind) ?? true),
    )
    .map((record) => ({
      record,
      actions: record.actions.filter(
        ({ isNeeded }) => isNeeded?.(settings, kind) ?? true,
      ),
    }));
}

/** The least policy of a kind for these settings. */
export function composePolicy(
  kind: Kind,
  settings: PolicySettings,
): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: listNeeded(kind, settings).map((needed) =>
      composeStatement(needed, kind, settings),
    ),
  };
}

function composeStatement(
  { record, actions }: NeededStatement,
  kind: Kind,
  settings: PolicySettings,
): Statement {
  const isOfResource = kind === "bucket" || kind === "key" || kind === "trust";
  const resources = record.resources?.(settings, kind);
  const condition = record.condition?.(settings);
  return {
    Sid: record.sid,
    Effect: "Allow",
    ...(isOfResource
      ? { Principal: { AWS: principalOf(record, kind, settings) } }
      : {}),
    Action: oneOrMore(actions.map(({ name }) => name)),
    ...(resources ? { Resource: oneOrMore(resources) } : {}),
    ...(condition ? { Condition: condition } : {}),
  };
}

function principalOf(
  { of }: StatementRecord,
  kind: Kind,
  settings: PolicySettings,
): string {
  const { role, account, kmsKey } = settings;
  switch (of) {
    case "rundeck":
      return (
        role ?? iamArn(settings, account, `role/${placeholders.rundeckRole}`)
      );
    case "nodes":
      return iamArn(settings, account, `role/${placeholders.nodesRole}`);
    case "account":
      return iamArn(
        settings,
        kind === "key" ? (accountOf(kmsKey) ?? account) : account,
        "root",
      );
  }
}
