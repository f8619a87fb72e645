import type { Named } from "./named.ts";

/** One policy as it is, several by their kinds. */
export function formatJson(asked: string, policies: readonly Named[]): string {
  const byKind = policies.map(({ kind, document }) => [kind, document]);
  const [only] = policies;
  return `${JSON.stringify(
    asked === "all" ? Object.fromEntries(byKind) : only?.document,
    undefined,
    2,
  )}\n`;
}
