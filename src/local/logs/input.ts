import { AwsFault } from "../protocol.ts";

/** The members of an operation's input, checked one by one as they are asked for, refused in the service's own words. */
export type Input = {
  text(name: string): string;
  optionalText(name: string): string | undefined;
  optionalNumber(name: string): number | undefined;
  flag(name: string): boolean;
  list(name: string): unknown[];
};

export function readInput(input: unknown): Input {
  const members = toRecord(input);
  const optionalText = (name: string): string | undefined => {
    const value = members[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw wrongType(name);
    return value;
  };
  return {
    optionalText,
    text(name) {
      const value = optionalText(name);
      if (value === undefined)
        throw violates("null", name, "Member must not be null");
      if (value === "")
        throw violates(
          "",
          name,
          "Member must have length greater than or equal to 1",
        );
      return value;
    },
    optionalNumber(name) {
      const value = members[name];
      if (value === undefined || value === null) return undefined;
      if (typeof value !== "number") throw wrongType(name);
      return value;
    },
    flag: (name) => members[name] === true,
    list: (name) => toList(members[name]),
  };
}

/** A limit that an operation declares. */
export function checkRange(
  value: number | undefined,
  name: string,
  [least, most]: readonly [number, number],
): number | undefined {
  if (value !== undefined && value < least)
    throw violates(
      String(value),
      name,
      `Member must have value greater than or equal to ${least}`,
    );
  if (value !== undefined && value > most)
    throw violates(
      String(value),
      name,
      `Member must have value less than or equal to ${most}`,
    );
  return value;
}

export function invalid(message: string): AwsFault {
  return new AwsFault("InvalidParameterException", message);
}

function toRecord(input: unknown): Record<string, unknown> {
  return typeof input === "object" && input !== null
    ? Object.fromEntries(Object.entries(input))
    : {};
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function violates(value: string, name: string, constraint: string): AwsFault {
  return invalid(
    `1 validation error detected: Value ${value === "null" ? "null" : `'${value}'`} at '${name}' failed to satisfy constraint: ${constraint}`,
  );
}

function wrongType(name: string): AwsFault {
  return new AwsFault(
    "SerializationException",
    `The value of '${name}' has another type than the operation declares.`,
  );
}
