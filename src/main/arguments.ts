import { BridgeError } from "../kernel/errors.ts";

/** A command line: `COMMAND [--name value]… [word]… [-- word…]`. */
export type Arguments = {
  command: string;
  options: ReadonlyMap<string, string>;
  /** Of options that may repeat all values, in their order. */
  lists: ReadonlyMap<string, readonly string[]>;
  /** Words before `--` that belong to no option. */
  words: readonly string[];
  /** Words after `--`. */
  rest: readonly string[];
};

const asksForHelp = new Set(["--help", "-h"]);

/** What a command makes of an option: it has a value, or several where it repeats; it is a flag; or there is none such. */
export type OptionKind = "value" | "values" | "flag" | undefined;

/**
 * An option has a value, `--name value` or `--name=value`, unless it is a flag. `--help` or `-h` anywhere before `--` becomes the option `help`, and the rest
 * does not count. `kindOf` knows which options a command has.
 * @throws BridgeError `setting-invalid` for an option that there is not, one without a value, or one of one value that repeats
 */
export function parseArguments(
  argv: readonly string[],
  kindOf: (command: string, name: string) => OptionKind = () => "value",
): Arguments {
  const [command = "", ...others] = argv;
  const end = others.indexOf("--");
  const given = end < 0 ? others : others.slice(0, end);
  const rest = end < 0 ? [] : others.slice(end + 1);
  if (given.some((word) => asksForHelp.has(word)))
    return {
      command,
      options: new Map([["help", "true"]]),
      lists: new Map(),
      words: [],
      rest,
    };
  const options = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const words: string[] = [];
  for (let i = 0; i < given.length; i += 1) {
    const word = given[i] ?? "";
    if (!/^-./.test(word)) {
      words.push(word);
      continue;
    }
    const name = /^--([^=]+)/.exec(word)?.[1];
    const kind = name === undefined ? undefined : kindOf(command, name);
    if (name === undefined || kind === undefined) refuseOption(word);
    const at = word.indexOf("=");
    if (kind === "flag") {
      if (at >= 0) refuseOption(word);
      options.set(name, "true");
      continue;
    }
    const value = at >= 0 ? word.slice(at + 1) : given[(i += 1)];
    if (value === undefined || (at < 0 && value.startsWith("--")))
      throw new BridgeError(
        "setting-invalid",
        `option --${name} has no value; write --${name} VALUE, or --${name}=VALUE where it begins with --`,
      );
    if (kind === "value") {
      if (options.has(name)) refuseRepetition(name);
      options.set(name, value);
    } else lists.set(name, [...(lists.get(name) ?? []), value]);
  }
  return { command, options, lists, words, rest };
}

/** One of the two would be dropped without a word, with all that was meant for it. */
function refuseRepetition(name: string): never {
  throw new BridgeError(
    "setting-invalid",
    `option --${name} is there more than once, and takes one value: give it once`,
  );
}

function refuseOption(word: string): never {
  const [name] = word.split("=");
  throw new BridgeError(
    "setting-invalid",
    `there is no option "${name}": rundeck-ssm help lists them; words that begin with - go behind --`,
  );
}
