import type { Detail, Details } from "../aws/details.ts";

/** A node, as far as a selector of a mapping sees it. */
export type Selectable = {
  tags: Readonly<Record<string, string>>;
  details: Details;
};

/**
 * The first of the alternatives, which are separated by commas, that has a value. Each is a field (`placement.availabilityZone`), a tag
 * (`tags/Name`), or several with a `+` between them, among which quoted ones are literal. Source: rundeck-ec2-nodes-plugin,
 * InstanceToNodeMapper.applySelector.
 */
export function select(selector: string, node: Selectable): string | undefined {
  return firstOf(selector.split(","), (part) => join(part, node));
}

/** The same where each alternative may merge several by `|`: all that have a value. */
export function selectMerged(selector: string, node: Selectable): string[] {
  const merged = firstOf(selector.split(","), (part) => {
    const found = part.split("|").flatMap((it) => join(it, node) ?? []);
    return found.length > 0 ? found : undefined;
  });
  return merged ?? [];
}

function firstOf<T>(
  parts: readonly string[],
  find: (part: string) => T | undefined,
): T | undefined {
  for (const part of parts) {
    const found = find(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Literals alone are nothing: some field has to have a value. */
function join(part: string, node: Selectable): string | undefined {
  const pieces = part.split("+").map((piece) => {
    const literal = /^\s*(['"])(.+)\1\s*$/.exec(piece)?.[2];
    return literal === undefined
      ? { text: read(piece.trim(), node) ?? "", isField: true }
      : { text: literal, isField: false };
  });
  return pieces.some(({ text, isField }) => isField && text !== "")
    ? pieces.map(({ text }) => text).join("")
    : undefined;
}

function read(field: string, { tags, details }: Selectable) {
  if (field.startsWith("tags/")) return own(tags, field.slice("tags/".length));
  // a list's element by its number, as the bean paths of the EC2 source have it: networkInterfaces[0].privateIpAddress
  const names = field.replaceAll(/\[(\d+)\]/g, ".$1").split(".");
  let found: Detail | undefined = details;
  for (const name of names) {
    if (found === undefined || typeof found === "string") return undefined;
    found = own(found, name);
  }
  return typeof found === "string" ? found : undefined;
}

function own<T>(from: Readonly<Record<string, T>>, name: string) {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}
