import type { MachineFilter } from "../aws/ec2.ts";
import { select } from "./select.ts";
import type { Selectable } from "./select.ts";

/** What a hybrid node has under the names of EC2's filters. What else EC2 knows of its machines no hybrid node has. */
const fields = new Map([
  ["instance-id", "instanceId"],
  ["owner-id", "account"],
  ["private-ip-address", "ipAddress"],
]);

/** Whether a node that EC2 does not know matches EC2's filters: each of them, by one of its values. */
export function matchesFilters(
  filters: readonly MachineFilter[],
  node: Selectable,
): boolean {
  return filters.every(({ name, values }) =>
    valuesOf(name, node).some((text) =>
      values.some((pattern) => matchesPattern(pattern, text)),
    ),
  );
}

function valuesOf(name: string, node: Selectable): readonly string[] {
  if (name === "tag-key") return Object.keys(node.tags);
  if (name.startsWith("tag:")) {
    const key = name.slice("tag:".length);
    return Object.hasOwn(node.tags, key) ? [node.tags[key] ?? ""] : [];
  }
  const found = select(fields.get(name) ?? "", node);
  return found === undefined ? [] : [found];
}

/** `*` is any run of characters, `?` one; a backslash makes them ordinary. Source: EC2 User Guide, "Filter your resources". */
function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern.replace(/\\?[\s\S]/g, (token) => {
    if (token === "*") return "[\\s\\S]*";
    if (token === "?") return "[\\s\\S]";
    return token.slice(-1).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source}$`).test(text);
}
