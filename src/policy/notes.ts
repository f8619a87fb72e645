import { listNeeded } from "./compose.ts";
import type { PolicyRequest } from "./request.ts";
import { placeholders, type Kind } from "./settings.ts";

/** What is to be said beside the policies: what each statement is for, and what is left to do. */
export function listNotes(
  request: PolicyRequest,
  printed: readonly Kind[],
  text: string,
): string[] {
  const { format } = request;
  return [
    ...printed.flatMap((kind) => listPurposes(request, kind)),
    ...tellPlaceholders(text),
    ...tellWidth(request, printed),
    ...tellRole(request, printed),
    ...(format === "cloudformation" && printed.includes("key")
      ? ["CloudFormation has no key's policy alone: the template makes a key"]
      : []),
  ];
}

function listPurposes(
  { asked, settings }: PolicyRequest,
  kind: Kind,
): string[] {
  const whose = asked === "all" ? `${kind}: ` : "";
  return listNeeded(kind, settings).map(
    ({ record }) => `${whose}${record.sid}: ${record.purpose}`,
  );
}

function tellPlaceholders(text: string): string[] {
  const left = Object.values(placeholders).filter((word) =>
    new RegExp(`\\b${word}\\b`).test(text),
  );
  return left.length > 0 ? [`replace ${left.join(", ")} by your own`] : [];
}

/** What an identity's policy holds for, where that is not told. */
function tellWidth(
  { settings }: PolicyRequest,
  printed: readonly Kind[],
): string[] {
  const isOfIdentity = printed.some((kind) =>
    ["executor", "copier", "node"].includes(kind),
  );
  const open = (["account", "region"] as const).filter(
    (name) => settings[name] === undefined,
  );
  if (!isOfIdentity || open.length === 0) return [];
  const options = open.map((name) => `--${name}`).join(" and ");
  return [
    `it holds for any ${open.join(" and any ")}: narrow it by ${options}`,
  ];
}

function tellRole(
  { settings: { role } }: PolicyRequest,
  printed: readonly Kind[],
): string[] {
  const isAssumed = printed.some((kind) =>
    ["executor", "copier"].includes(kind),
  );
  return isAssumed && role !== undefined
    ? [
        `attach it, without AssumeRole, to ${role} too: whoever assumes it has that role's rights alone; where every node is reached by it, AssumeRole is all that Rundeck itself needs`,
      ]
    : [];
}
