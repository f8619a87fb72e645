import { AwsFault } from "../protocol.ts";

export type Bounds = {
  min?: number;
  max?: number;
  pattern?: RegExp;
  oneOf?: readonly string[];
};

/** A request's members, read with AWS's own constraints; what breaks them is told all at once by `finish`. */
export type Input = {
  text(name: string, bounds?: Bounds): string | undefined;
  requiredText(name: string, bounds?: Bounds): string;
  number(name: string, bounds?: Bounds): number | undefined;
  flag(name: string): boolean;
  texts(name: string, bounds?: Bounds & { each?: Bounds }): string[];
  /** Structures in a list; each is read like the request itself. */
  structures(name: string, bounds?: Bounds): Input[];
  structure(name: string): Input | undefined;
  /** A map from text to lists of text: the parameters of a document. */
  textLists(name: string): Record<string, string[]>;
  /** Throws ValidationException if anything above broke its constraint. */
  finish(): void;
};

type Violations = string[];

export function readInput(raw: unknown): Input {
  return reader(raw, "", []);
}

function reader(raw: unknown, path: string, violations: Violations): Input {
  if (!isRecord(raw)) throw unreadable();
  const at = (name: string): string => `${path}${memberName(name)}`;
  const text = (name: string, bounds: Bounds = {}): string | undefined => {
    const value = raw[name] ?? undefined;
    if (value === undefined) return undefined;
    const parsed = parseText(value);
    violations.push(...textViolations(at(name), parsed, bounds));
    return parsed;
  };
  const list = (name: string, bounds: Bounds = {}): unknown[] => {
    const value = raw[name] ?? undefined;
    if (value === undefined) return [];
    const values = parseList(value);
    const shown = `[${values.map(shownItem).join(", ")}]`;
    violations.push(
      ...lengthViolations(at(name), shown, values.length, bounds),
    );
    return values;
  };
  return {
    text,
    requiredText: (name, bounds) => {
      const value = text(name, bounds);
      if (value === undefined) violations.push(missing(at(name)));
      return value ?? "";
    },
    number: (name, bounds = {}) => {
      const value = raw[name] ?? undefined;
      if (value === undefined) return undefined;
      if (typeof value !== "number") throw unreadable();
      violations.push(...rangeViolations(at(name), value, bounds));
      return value;
    },
    flag: (name) => raw[name] === true,
    texts: (name, bounds = {}) => {
      const values = list(name, bounds).map(parseText);
      for (const value of bounds.each ? values : [])
        violations.push(
          ...memberViolations(at(name), values, value, bounds.each ?? {}),
        );
      return values;
    },
    structures: (name, bounds) =>
      list(name, bounds).map((item, index) =>
        reader(item, `${at(name)}.${index + 1}.member.`, violations),
      ),
    structure: (name) => {
      const value = raw[name] ?? undefined;
      return value === undefined
        ? undefined
        : reader(value, `${at(name)}.`, violations);
    },
    textLists: (name) => parseTextLists(raw[name] ?? {}),
    finish: () => {
      if (violations.length > 0) throw validationFault(violations);
    },
  };
}

/** AWS names members in its messages from a small letter on: `instanceIds`. */
function memberName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function textViolations(
  path: string,
  value: string,
  bounds: Bounds,
): Violations {
  return [
    ...lengthViolations(path, value, value.length, bounds),
    ...constraint(bounds, value).map((rule) => violation(path, value, rule)),
  ];
}

function constraint({ pattern, oneOf }: Bounds, value: string): string[] {
  if (pattern && !pattern.test(value))
    return [
      `Member must satisfy regular expression pattern: ${pattern.source}`,
    ];
  if (oneOf && !oneOf.includes(value))
    return [`Member must satisfy enum value set: [${oneOf.join(", ")}]`];
  return [];
}

function memberViolations(
  path: string,
  all: string[],
  value: string,
  each: Bounds,
): Violations {
  return constraint(each, value).map((rule) =>
    violation(
      path,
      `[${all.join(", ")}]`,
      `Member must satisfy constraint: [${rule}]`,
    ),
  );
}

function lengthViolations(
  path: string,
  shown: string,
  length: number,
  { min, max }: Bounds,
): Violations {
  if (max !== undefined && length > max)
    return [
      violation(
        path,
        shown,
        `Member must have length less than or equal to ${max}`,
      ),
    ];
  if (min !== undefined && length < min)
    return [
      violation(
        path,
        shown,
        `Member must have length greater than or equal to ${min}`,
      ),
    ];
  return [];
}

function rangeViolations(
  path: string,
  value: number,
  { min, max }: Bounds,
): Violations {
  if (max !== undefined && value > max)
    return [
      violation(
        path,
        `${value}`,
        `Member must have value less than or equal to ${max}`,
      ),
    ];
  if (min !== undefined && value < min)
    return [
      violation(
        path,
        `${value}`,
        `Member must have value greater than or equal to ${min}`,
      ),
    ];
  return [];
}

function violation(path: string, shown: string, rule: string): string {
  return `Value '${shown}' at '${path}' failed to satisfy constraint: ${rule}`;
}

function validationFault(violations: Violations): AwsFault {
  const count = violations.length;
  return new AwsFault(
    "ValidationException",
    `${count} validation error${count === 1 ? "" : "s"} detected: ${violations.join("; ")}`,
  );
}

function unreadable(): AwsFault {
  return new AwsFault("SerializationException", "");
}

function parseText(value: unknown): string {
  if (typeof value !== "string") throw unreadable();
  return value;
}

function parseList(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw unreadable();
  return value;
}

function parseTextLists(value: unknown): Record<string, string[]> {
  if (!isRecord(value)) throw unreadable();
  return Object.fromEntries(
    Object.entries(value).map(([key, items]) => [
      key,
      parseList(items).map(parseText),
    ]),
  );
}

function missing(path: string): string {
  return `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
}

function shownItem(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
