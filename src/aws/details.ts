/** What an answer holds, by the names of AWS's API with a small first letter: `placement` has `availabilityZone`; a list has `0`, `1`, … */
export type Details = { readonly [name: string]: Detail };
export type Detail = string | Details;

/** An answer of AWS's as texts. What is empty is left out: EC2 has an empty public name for a machine without one. */
export function detailsOf(answer: object): Details {
  const entries = Object.entries(answer).flatMap(([name, item]) => {
    const detail = detailOf(item);
    return detail === undefined ? [] : [[decapitalize(name), detail] as const];
  });
  return Object.fromEntries(entries);
}

/** `InstanceId` → `instanceId`, `IPAddress` → `ipAddress`. */
function decapitalize(name: string): string {
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z])/, (head) =>
    head.toLowerCase(),
  );
}

function detailOf(value: unknown): Detail | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return detailsOf(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
