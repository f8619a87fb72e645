import type * as z from "zod/mini";
import type { SettingRecord } from "./record.ts";
import { connectionSettings } from "./table/connection.ts";
import { credentialSettings } from "./table/credentials.ts";
import { nodeSettings } from "./table/node.ts";
import { outputSettings } from "./table/output.ts";
import { runSettings } from "./table/run.ts";
import { transferSettings } from "./table/transfer.ts";

/** Every setting of both plugins, in the order of Rundeck's forms. */
export const settings = {
  ...nodeSettings,
  ...credentialSettings,
  ...runSettings,
  ...outputSettings,
  ...transferSettings,
  ...connectionSettings,
} as const;

export type SettingName = keyof typeof settings;
export type SettingValue<Name extends SettingName> = z.output<
  (typeof settings)[Name]["form"]
>;

/** The settings that have a default. */
export type DefaultedName = {
  [Name in SettingName]: (typeof settings)[Name] extends { default: string }
    ? Name
    : never;
}[SettingName];

export const settingNames = Object.keys(settings).filter(isSettingName);

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name);
}

export function recordOf(name: SettingName): SettingRecord {
  return settings[name];
}
