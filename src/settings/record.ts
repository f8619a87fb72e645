import type * as z from "zod/mini";
import type { Service } from "../rundeck/host.ts";
import * as values from "./values.ts";

/** A setting as the parser knows it. `words` has what users read of it; plugin.yaml, the table in docs/settings.md and the help follow from both. */
export type SettingRecord = {
  services: readonly Service[];
  /** The form of its value. Its message completes "… is "x": it must be". */
  form: z.core.$ZodType<unknown, string>;
  /** What a number counts, from the least to the greatest allowed. */
  range?: readonly [unit: string, min: number, max: number];
  /** A closed list of values. */
  choices?: readonly string[];
  /**
   * What counts where no layer has a value, as a user would write it. `plugin.yaml` has none: a default there would hide farther
   * layers.
   */
  default?: string;
  /** Only Rundeck can fetch it, from Key Storage, and no message may show it. */
  isSecret?: boolean;
  /** `server`: it belongs to the Rundeck server, and a node's attributes do not count. */
  scope?: "server";
  /** Left out of the form. Rundeck resolves it all the same, in every layer. */
  isHidden?: true;
};

export type Records = Readonly<Record<string, SettingRecord>>;

export const both = ["NodeExecutor", "FileCopier"] as const;
export const executor = ["NodeExecutor"] as const;
export const copier = ["FileCopier"] as const;

/** A whole number within a range. */
export function count(unit: string, min: number, max: number) {
  const range = [unit, min, max] as const;
  return { range, form: values.wholeNumber(unit, min, max) };
}

export function choice<const T extends readonly [string, ...string[]]>(
  ...choices: T
) {
  return { choices, form: values.oneOf(choices) };
}

/** Rundeck's form offers two of the words that `form` takes. */
export const flag = { choices: ["true", "false"], form: values.flag } as const;
