import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { RundeckValue } from "../../src/command/rundeck-words.ts";

/** What RD_EXEC_COMMAND is on a Windows node for a command step with one option, computed from rundeck-core's source. */
export const pairs = z
  .object({
    pairs: z.array(
      z.object({
        step: z.string(),
        option: z.string(),
        "to 6.1": z.string(),
        "since 6.2": z.string(),
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(
        join(import.meta.dirname, "../command/rundeck-quoting.json"),
        "utf8",
      ),
    ),
  ).pairs;

export const forms = ["to 6.1", "since 6.2"] as const;

/** A word with a reference, as Rundeck sends it once the reference is filled in. Source: rundeck-core, CLIUtils. */
export function quoteAsRundeck(
  word: string,
  form: (typeof forms)[number],
): string {
  if (!/["';{}()&$\\|*?><`%\s]/.test(word)) return word;
  if (form === "to 6.1") return `'${word.replaceAll("'", `'"'"'`)}'`;
  let quoted = "";
  let slashes = "";
  for (const sign of word.replaceAll("%", "%%")) {
    if (sign === '"') quoted += `${slashes}\\"`;
    else quoted += sign;
    slashes = sign === "\\" ? `${slashes}\\` : "";
  }
  return `"${quoted}${slashes}"`;
}

export function option(text: string, name = "RD_OPTION_X"): RundeckValue {
  return { name, text, chosen: /^RD_(?:OPTION|DATA)_/.test(name) };
}
