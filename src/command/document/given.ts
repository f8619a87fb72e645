import { isMap, parseDocument } from "yaml";

/** A value as YAML has it. Words and numbers are what the user wrote: `1.10` stays `1.10`, `yes` is no truth. */
export type Given = string | Given[] | { [name: string]: Given };

/** The parameters of a step, by name, or the one line why they can't be read. */
export type GivenParameters =
  | { kind: "given"; parameters: ReadonlyMap<string, Given> }
  | { kind: "unreadable"; why: string };

/** Nobody writes more references to one anchor by hand. */
const maxAliasCount = 100;

/** Reads a step's parameters. What they say is not repeated: it may be a secret. */
export function readGiven(text: string): GivenParameters {
  const document = parseDocument(text, {
    schema: "failsafe",
    prettyErrors: false,
    logLevel: "silent",
  });
  const [mistake] = document.errors;
  if (mistake) {
    const line = text.slice(0, mistake.pos[0]).split("\n").length;
    const what = mistake.code.toLowerCase().replaceAll("_", " ");
    return unreadable(`line ${line} is no YAML (${what})`);
  }
  if (document.contents === null) return given(new Map());
  if (!isMap(document.contents))
    return unreadable("write them as NAME: VALUE, each on a line of its own");
  try {
    const map: unknown = document.toJS({ mapAsMap: true, maxAliasCount });
    const parameters = new Map(entriesOf(map));
    return parameters.has("")
      ? unreadable("one of them has no name")
      : given(parameters);
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof TypeError)
      return unreadable("an alias (*NAME) or a name in them is none");
    throw error;
  }
}

function given(parameters: ReadonlyMap<string, Given>): GivenParameters {
  return { kind: "given", parameters };
}

function unreadable(why: string): GivenParameters {
  return { kind: "unreadable", why };
}

function entriesOf(map: unknown): [string, Given][] {
  if (!(map instanceof Map)) return [];
  return [...map].map(([key, value]) => {
    if (typeof key !== "string") throw new TypeError("no name");
    return [key, valueOf(value)];
  });
}

function valueOf(value: unknown): Given {
  if (Array.isArray(value)) return value.map(valueOf);
  if (value instanceof Map) return Object.fromEntries(entriesOf(value));
  return typeof value === "string" ? value : "";
}
