import { AwsFault } from "../protocol.ts";

/** Parameters as a request gives them. */
export type Parameters = Record<string, string[]>;

/** As a document declares it; required without a default. Source: Systems Manager user guide, "Data elements and parameters". */
export type DocumentParameter = {
  type:
    "String" | "StringList" | "StringMap" | "MapList" | "Boolean" | "Integer";
  description?: string;
  default?: unknown;
  allowedValues?: (string | boolean | number)[];
  /** Of each of its texts. */
  allowedPattern?: string;
};

/** What a document and a request's parameters have against each other. Throws InvalidParameters. */
export function checkParameters(
  {
    name: document,
    parameters,
  }: { name: string; parameters: Record<string, DocumentParameter> },
  given: Parameters,
): void {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(parameters, name))
      throw invalid(
        `Parameter ${name} is not defined in the document ${document}.`,
      );
  for (const [name, parameter] of Object.entries(parameters)) {
    const values = given[name];
    if (values) checkValues(name, parameter, values);
    else if (parameter.default === undefined)
      throw invalid(
        `Parameter ${name} is required by the document ${document}.`,
      );
  }
}

function checkValues(
  name: string,
  { type, allowedValues, allowedPattern }: DocumentParameter,
  values: string[],
): void {
  const isList = type === "StringList" || type === "MapList";
  if (!isList && values.length !== 1)
    throw invalid(`Parameter ${name} takes one value, not ${values.length}.`);
  for (const value of values) {
    const isAllowed =
      fitsType(type, value) &&
      (allowedValues === undefined ||
        allowedValues.map(String).includes(value)) &&
      (allowedPattern === undefined || new RegExp(allowedPattern).test(value));
    if (!isAllowed)
      throw invalid(`Parameter ${name} has the invalid value ${value}.`);
  }
}

function fitsType(type: DocumentParameter["type"], value: string): boolean {
  switch (type) {
    case "String":
    case "StringList":
      return true;
    case "Boolean":
      return value === "true" || value === "false";
    case "Integer":
      return /^-?\d+$/.test(value);
    case "StringMap":
    case "MapList":
      return isJsonObject(value);
  }
}

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

function invalid(message: string): AwsFault {
  return new AwsFault("InvalidParameters", message);
}

/** A parameter's values: the request's, else the document's own. */
export function valuesOf(
  given: Parameters,
  name: string,
  { default: own }: DocumentParameter,
): string[] {
  return given[name] ?? (Array.isArray(own) ? own : [own ?? ""]).map(textOf);
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
