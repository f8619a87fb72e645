import { BridgeError } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";
import { quote, suggestLayers } from "./explain.ts";
import {
  listCandidates,
  withoutExecutor,
  type LayerKind,
  type Layers,
} from "../rundeck/layers.ts";
import { createReader, type Reader } from "./read.ts";
import { recordOf, type SettingName } from "./schema.ts";
import type { CredentialSettings } from "./settings.ts";

type Base = Pick<CredentialSettings, "keys" | "profile">;
type Prefix = "ssm" | "ssm-copier";

/** @throws BridgeError `setting-invalid`, `setting-missing` (half a key pair, a role without its ARN) */
export function parseExecutorCredentials(reader: Reader): CredentialSettings {
  return {
    ...parseBase(reader, "ssm"),
    ...parseRole(reader, "ssm"),
    baseFrom: "ssm",
    roleFrom: "ssm",
  };
}

/**
 * The copier's own credentials where there are any, else the node's for the executor. A role of the executor's is not assumed on top of
 * keys that were given to the copier alone, by settings of its own or in its own plugin properties: nothing says that they may.
 * @throws BridgeError `setting-invalid`, `setting-missing`
 */
export function parseCopierCredentials(reader: Reader): CredentialSettings {
  const ownBase = parseBase(reader, "ssm-copier");
  const ownRole = parseRole(reader, "ssm-copier");
  const hasOwnBase = Object.keys(ownBase).length > 0;
  const shared = isOwnFormNearer(reader.layers)
    ? createReader(withoutExecutor(reader.layers), reader)
    : reader;
  const base = hasOwnBase ? ownBase : parseBase(shared, "ssm");
  const isRoleDecided =
    hasOwnBase || reader.sources.has("ssm-copier-assume-role");
  const hasOwnRole = isRoleDecided || ownRole.assumeRole !== undefined;
  return {
    ...base,
    ...(hasOwnRole ? ownRole : parseRole(shared, "ssm")),
    baseFrom: hasOwnBase ? "ssm-copier" : "ssm",
    roleFrom: hasOwnRole ? "ssm-copier" : "ssm",
  };
}

/** Plugin properties that may give a key or a profile to the copier, nearest first. */
const forms: readonly LayerKind[] = [
  "plugin",
  "project-plugin",
  "project-executor",
  "framework-plugin",
  "framework-executor",
];

/** Whether the copier's own plugin properties have a key or a profile, nearer than the executor's have one. */
function isOwnFormNearer(layers: Layers): boolean {
  const names = ["ssm-accessKeyId", "ssm-secretKey", "ssm-profile"];
  const kinds = names.flatMap((name) =>
    listCandidates(layers, name).map(({ kind }) => kind),
  );
  const nearest = forms.find((form) => kinds.includes(form));
  return nearest !== undefined && !nearest.endsWith("-executor");
}

function parseBase(reader: Reader, prefix: Prefix): Base {
  const keyName = `${prefix}-accessKeyId` as const;
  const secretName = `${prefix}-secretKey` as const;
  const accessKeyId = reader.find(keyName);
  const secretKey = reader.find(secretName);
  const profile = reader.find(`${prefix}-profile`);
  if (accessKeyId !== undefined && secretKey !== undefined) {
    return { keys: { accessKeyId, secretKey: new Secret(secretKey) } };
  }
  if (accessKeyId !== undefined) refuseHalf(reader, keyName, secretName);
  if (secretKey !== undefined) refuseHalf(reader, secretName, keyName);
  return profile === undefined ? {} : { profile };
}

function refuseHalf(
  { layers, sources }: Reader,
  present: SettingName,
  absent: SettingName,
): never {
  const state = recordOf(absent).isSecret
    ? "is set in no layer, or its Key Storage path can't be opened"
    : "is set in no layer";
  throw new BridgeError(
    "setting-missing",
    `${absent} on node ${quote(layers.nodeName)} ${state}, but ${present} is set, from ${sources.get(present) ?? "?"}: set ${absent} in ${suggestLayers(layers, absent)}, or remove ${present}`,
  );
}

function parseRole(
  reader: Reader,
  prefix: Prefix,
): Pick<CredentialSettings, "assumeRole"> {
  const isWanted = reader.find(`${prefix}-assume-role`);
  const arnName = `${prefix}-assume-role-arn` as const;
  const roleArn = reader.find(arnName);
  const externalId = reader.find(`${prefix}-external-id`);
  if (isWanted === false) return {};
  if (roleArn !== undefined) {
    return {
      assumeRole: {
        roleArn,
        ...(externalId === undefined ? {} : { externalId }),
      },
    };
  }
  if (isWanted !== true) return {};
  throw new BridgeError(
    "setting-missing",
    `${prefix}-assume-role is true on node ${quote(reader.layers.nodeName)}, from ${reader.sources.get(`${prefix}-assume-role`) ?? "?"}, but ${arnName} is set in no layer: set it to the role's ARN in ${suggestLayers(reader.layers, arnName)}`,
  );
}
