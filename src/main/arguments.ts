import { BridgeError } from "../kernel/errors.ts";

/** A command line: `COMMAND [--name value]… [word]… [-- word…]`. */
export type Arguments = {
  command: string;
  options: ReadonlyMap<string, string>;
  /** Words before `--` that belong to no option. */
  words: readonly string[];
  /** Words after `--`. */
  rest: readonly string[];
};

/** Every option has a value: `--name value` or `--name=value`. Throws `setting-invalid` for one without. */
export function parseArguments(argv: readonly string[]): Arguments {
  const [command = "", ...others] = argv;
  const options = new Map<string, string>();
  const words: string[] = [];
  const end = others.indexOf("--");
  const given = end < 0 ? others : others.slice(0, end);
  for (let i = 0; i < given.length; i += 1) {
    const word = given[i] ?? "";
    if (!word.startsWith("--")) {
      words.push(word);
      continue;
    }
    const [name = "", ...values] = word.slice(2).split("=");
    const value = values.length > 0 ? values.join("=") : given[(i += 1)];
    if (value === undefined)
      throw new BridgeError(
        "setting-invalid",
        `option --${name} has no value; write --${name} VALUE`,
      );
    options.set(name, value);
  }
  return {
    command,
    options,
    words,
    rest: end < 0 ? [] : others.slice(end + 1),
  };
}
