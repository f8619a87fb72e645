import type { StatementRecord } from "./record.ts";

/** Who may assume the role that Rundeck assumes. */
export const trustStatements: readonly StatementRecord[] = [
  {
    sid: "TrustRundeck",
    kinds: ["trust"],
    of: "account",
    purpose:
      "Rundeck's account, whose own policies say who there may assume the role; with an external id, only who gives it (ssm-external-id).",
    actions: [
      { name: "sts:AssumeRole", without: "nobody can assume the role" },
    ],
    condition: ({ externalId }) =>
      externalId === undefined
        ? undefined
        : { StringEquals: { "sts:ExternalId": externalId } },
  },
];
