import * as z from "zod/mini";
import { BridgeError } from "../kernel/errors.ts";
import { partitionOf } from "../kernel/partition.ts";
import { quote } from "../settings/explain.ts";
import { settings as settingRecords } from "../settings/schema.ts";
import { optionForms, optionOf } from "./options.ts";
import type { Format, OptionName } from "./options.ts";
import { kinds, type Kind, type PolicySettings } from "./settings.ts";

/** What `rundeck-ssm policy` is asked for. */
export type PolicyRequest = {
  asked: Kind | "all";
  settings: PolicySettings;
  format: Format;
};

/** A command line's options: each with what was given, the last one last. */
export type GivenOptions = ReadonlyMap<OptionName, readonly string[]>;

/**
 * @throws BridgeError `setting-missing` without a kind, `setting-invalid` for a kind that there is not, a value of another form, an
 * option that the kind has no use for, and values that contradict each other
 */
export function parseRequest(
  words: readonly string[],
  given: GivenOptions,
): PolicyRequest {
  const asked = parseKind(words);
  for (const name of given.keys()) refuseUnused(asked, name, given);
  const settings = parseSettings(given);
  refuseContradictions(settings);
  return { asked, settings, format: one(given, "format") ?? "json" };
}

const choices = [...kinds, "all"].join(", ");

function parseKind(words: readonly string[]): Kind | "all" {
  const [word, ...others] = words;
  if (word === undefined || others.length > 0)
    throw new BridgeError(
      "setting-missing",
      `write rundeck-ssm policy and what it is for: one of ${choices}`,
    );
  const kind = kinds.find((known) => known === word);
  if (kind === undefined && word !== "all")
    throw new BridgeError(
      "setting-invalid",
      `there is no policy ${quote(word)}: write one of ${choices}`,
    );
  return kind ?? "all";
}

function refuseUnused(
  asked: Kind | "all",
  name: OptionName,
  given: GivenOptions,
): void {
  const { kinds: users } = optionOf(name);
  if (asked !== "all" && !users.includes(asked))
    throw new BridgeError(
      "setting-invalid",
      `policy ${asked} has no use for --${name}, which is for ${users.join(", ")}`,
    );
  const needed = neededWith(asked, name);
  if (needed !== undefined && !given.has(needed))
    throw new BridgeError(
      "setting-missing",
      `policy ${asked} has no use for --${name} without --${needed}`,
    );
}

/** What an option says something about. */
function neededWith(
  asked: Kind | "all",
  name: OptionName,
): OptionName | undefined {
  const isOfResource = asked === "bucket" || asked === "key";
  if (isOfResource) return undefined;
  if (name === "external-id" && asked === "all") return "role";
  return name === "kms-key" || name === "prefix" || name === "bucket-for"
    ? "bucket"
    : undefined;
}

function parseSettings(given: GivenOptions): PolicySettings {
  const region = one(given, "region");
  const account = one(given, "account");
  const bucket = one(given, "bucket");
  const logGroup = one(given, "log-group");
  const kmsKey = one(given, "kms-key");
  const role = one(given, "role");
  const externalId = one(given, "external-id");
  return {
    partition: one(given, "partition") ?? partitionOf(region ?? ""),
    bucketFor: one(given, "bucket-for") ?? "both",
    prefix: one(given, "prefix") ?? "",
    tags: groupTags(every(given, "tag")),
    documents: [...new Set(every(given, "document"))],
    sidecar: one(given, "sidecar") ?? settingRecords["ssm-sidecar"].default,
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
    ...(bucket === undefined ? {} : { bucket }),
    ...(logGroup === undefined ? {} : { logGroup }),
    ...(kmsKey === undefined ? {} : { kmsKey }),
    ...(role === undefined ? {} : { role }),
    ...(externalId === undefined ? {} : { externalId }),
  };
}

type ValueOf<Name extends OptionName> = z.output<(typeof optionForms)[Name]>;

function one<Name extends OptionName>(
  given: GivenOptions,
  name: Name,
): ValueOf<Name> | undefined {
  return every(given, name).at(-1);
}

function every<Name extends OptionName>(
  given: GivenOptions,
  name: Name,
): ValueOf<Name>[] {
  return (given.get(name) ?? []).map((text) => parseValue(name, text));
}

function parseValue<Name extends OptionName>(
  name: Name,
  text: string,
): ValueOf<Name> {
  const parsed = z.safeParse(optionForms[name], text);
  // oxlint-disable-next-line no-unsafe-type-assertion -- of all the forms in the table, this is the one of this name
  if (parsed.success) return parsed.data as ValueOf<Name>;
  const form = parsed.error.issues[0]?.message ?? "of another form";
  throw new BridgeError(
    "setting-invalid",
    `--${name} is ${quote(text)}: it must be ${form}`,
  );
}

function groupTags(tags: readonly string[]): ReadonlyMap<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const tag of tags) {
    const at = tag.indexOf("=");
    const [key, value] = [tag.slice(0, at), tag.slice(at + 1)];
    groups.set(key, [...new Set([...(groups.get(key) ?? []), value])]);
  }
  return groups;
}

/** No ARN of one partition is of use in another. */
function refuseContradictions({
  partition,
  region,
  role,
  kmsKey,
  documents,
}: PolicySettings): void {
  const arns: [OptionName, string | undefined][] = [
    ["role", role],
    ["kms-key", kmsKey],
    ...documents
      .filter((name) => name.startsWith("arn:"))
      .map((name): [OptionName, string] => ["document", name]),
  ];
  if (region !== undefined && partitionOf(region) !== partition)
    throw new BridgeError(
      "setting-invalid",
      `--region ${region} is of the partition ${partitionOf(region)}, and --partition says ${partition}: leave out one of them`,
    );
  for (const [name, arn] of arns)
    if (arn !== undefined && arn.split(":")[1] !== partition)
      throw new BridgeError(
        "setting-invalid",
        `--${name} is ${quote(arn)}, but the policy is for the partition ${partition}: say which by --region or --partition`,
      );
}
