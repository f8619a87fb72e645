import type {
  DocumentDescription,
  ParameterDescription,
} from "./description.ts";
import type { Given } from "./given.ts";
import { writeValues } from "./values.ts";

export type DocumentToCheck = {
  /** Its name. */
  document: string;
  given: ReadonlyMap<string, Given>;
  /** Absent where AWS does not tell: then all is taken as it comes. */
  description?: DocumentDescription;
  /** What the node says it is; absent where it says nothing. */
  family?: "unix" | "windows";
  /** Whether a text may not be shown. */
  isSecret: (text: string) => boolean;
};

/** What goes to SendCommand, or every mistake, each in words that name the parameter. */
export type Checked =
  | { kind: "right"; parameters: Record<string, string[]> }
  | { kind: "wrong"; mistakes: string[] };

/** Compares what a step asks for with what its document takes. */
export function checkDocument(toCheck: DocumentToCheck): Checked {
  const { document, given, description } = toCheck;
  if (description && description.type !== "Command")
    return {
      kind: "wrong",
      mistakes: [
        `the document ${document} is of type ${description.type}, which Run Command does not run; name one of type Command`,
      ],
    };
  const parameters: Record<string, string[]> = {};
  const mistakes = description ? checkWhole(toCheck, description) : [];
  for (const [name, value] of given) {
    const known = description?.parameters.get(name);
    if (description && !known) continue;
    const written = writeValues(value, known?.type);
    if (written.kind === "misfit") {
      mistakes.push(`parameter ${name} must be ${written.wanted}`);
      continue;
    }
    parameters[name] = written.values;
    const mistake = known && checkValues(toCheck, known, written.values);
    if (mistake !== undefined) mistakes.push(`parameter ${name} ${mistake}`);
  }
  return mistakes.length > 0
    ? { kind: "wrong", mistakes }
    : { kind: "right", parameters };
}

/** Whether the document is for the node, and the names of its parameters. */
function checkWhole(
  { document, given, family }: DocumentToCheck,
  { platforms, parameters }: DocumentDescription,
): string[] {
  const isForNode =
    family === undefined ||
    platforms.length === 0 ||
    platforms.some((platform) => familyOf(platform) === family);
  const unknown = [...given.keys()].filter((name) => !parameters.has(name));
  const missing = [...parameters].filter(
    ([name, { isRequired }]) => isRequired && !given.has(name),
  );
  return [
    ...(isForNode
      ? []
      : [
          `the document ${document} is for ${platforms.join(", ")}, and the node's osFamily is ${family}; name another document, or correct the attribute`,
        ]),
    ...unknown.map(
      (name) =>
        `parameter ${name} is unknown to ${document}, which has ${listNames(parameters)}`,
    ),
    ...missing.map(
      ([name, known]) =>
        `parameter ${name} is missing, without which ${document} does not run${allowedWords(known)}`,
    ),
  ];
}

function familyOf(platform: string): "unix" | "windows" {
  return platform === "Windows" ? "windows" : "unix";
}

function listNames(parameters: ReadonlyMap<string, unknown>): string {
  return parameters.size === 0 ? "none" : [...parameters.keys()].join(", ");
}

function allowedWords({ allowedValues }: ParameterDescription): string {
  return allowedValues ? `; it may be ${allowedValues.join(", ")}` : "";
}

function checkValues(
  { isSecret }: Pick<DocumentToCheck, "isSecret">,
  { allowedValues, allowedPattern }: ParameterDescription,
  values: readonly string[],
): string | undefined {
  for (const value of values) {
    // AWS fills in Parameter Store's values, which nobody here knows
    if (/\{\{\s*ssm(?:-secure)?:/.test(value)) continue;
    const shown = isSecret(value) ? "a secure option's value" : quote(value);
    if (allowedValues && !allowedValues.includes(value))
      return `is ${shown}: it must be one of ${allowedValues.join(", ")}`;
    if (allowedPattern !== undefined && !matches(allowedPattern, value))
      return `is ${shown}: it must match ${allowedPattern}`;
  }
  return undefined;
}

/** A pattern that only Java understands is left to AWS. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern).test(value);
  } catch {
    return true;
  }
}

const shownLength = 60;

function quote(value: string): string {
  return JSON.stringify(
    value.length > shownLength ? `${value.slice(0, shownLength)}…` : value,
  );
}
