import type { Given } from "./given.ts";

/** A parameter as SendCommand takes it: a list of texts, whatever its type. */
export type Written =
  | { kind: "written"; values: string[] }
  /** `wanted`: what it must be, to complete "must be". */
  | { kind: "misfit"; wanted: string };

/**
 * Writes a value for a parameter of this type; without a type, as its own form suggests. A list of one stands for a single value, as in
 * the AWS CLI's parameters. Source: SendCommand, Parameters; Systems Manager user guide, "Data elements and parameters".
 */
export function writeValues(value: Given, type = ""): Written {
  switch (type) {
    case "String":
      return writeOne(value, isText, "one text");
    case "Boolean":
      return writeOne(value, isBoolean, "true or false");
    case "Integer":
      return writeOne(value, isInteger, "a whole number");
    case "StringMap":
      return writeOne(value, isMapping, "a map, NAME: VALUE");
    case "StringList":
      return writeAll(value, isText, "a list of texts");
    case "MapList":
      return writeAll(value, isMapping, "a list of maps");
    default:
      return writeAll(value, () => true, "a text, a list or a map");
  }
}

type Form = (value: Given) => boolean;

function writeOne(value: Given, form: Form, wanted: string): Written {
  const [only, ...others] = Array.isArray(value) ? value : [value];
  return only !== undefined && others.length === 0 && form(only)
    ? { kind: "written", values: [textOf(only)] }
    : { kind: "misfit", wanted };
}

function writeAll(value: Given, form: Form, wanted: string): Written {
  const all = Array.isArray(value) ? value : [value];
  return all.every(form)
    ? { kind: "written", values: all.map(textOf) }
    : { kind: "misfit", wanted };
}

function textOf(value: Given): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const isText: Form = (value) => typeof value === "string";
const isBoolean: Form = (value) => value === "true" || value === "false";
const isInteger: Form = (value) =>
  typeof value === "string" && /^-?\d+$/.test(value);
/** A map, or its JSON. */
const isMapping: Form = (value) =>
  typeof value === "string" ? isJsonObject(value) : !Array.isArray(value);

function isJsonObject(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return (
      typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
    );
  } catch {
    return false;
  }
}
