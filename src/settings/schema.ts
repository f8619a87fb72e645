import * as z from "zod/mini";
import * as values from "./values.ts";

/** Numbers and what they count, from the least to the greatest allowed. */
export const ranges = {
  "ssm-execution-timeout": ["seconds", 5, 172_800],
  "ssm-delivery-timeout": ["seconds", 30, 2_592_000],
  "log-retrieve-delay": ["seconds", 0, 3600],
  "ssm-output-limit": ["bytes", 0, 1_073_741_824],
  "ssm-copier-inline-limit": ["bytes", 0, 1_073_741_824],
} as const;

/** Settings with a closed list of values. */
export const choices = {
  "ssm-assume-role": ["true", "false"],
  "ssm-copier-assume-role": ["true", "false"],
  "ssm-live-output": ["true", "false"],
  "ssm-runner": ["full", "none"],
  "ssm-sidecar": ["auto", "off"],
} as const;

/**
 * Every setting of both plugins: the form of its value and its default.
 * `plugin.yaml`, the table in README.md and the parser all follow from this table and `descriptions.ts`.
 */
export const schema = {
  // where the node is
  instanceId: values.instanceId,
  region: values.region,
  // the executor's credentials; the copier's when it has none of its own
  "ssm-accessKeyId": values.accessKeyId,
  "ssm-secretKey": values.secretText,
  "ssm-profile": values.text,
  "ssm-assume-role": values.flag,
  "ssm-assume-role-arn": values.roleArn,
  "ssm-external-id": values.externalId,
  // the copier's credentials
  "ssm-copier-accessKeyId": values.accessKeyId,
  "ssm-copier-secretKey": values.secretText,
  "ssm-copier-profile": values.text,
  "ssm-copier-assume-role": values.flag,
  "ssm-copier-assume-role-arn": values.roleArn,
  "ssm-copier-external-id": values.externalId,
  // the run
  "ssm-execution-timeout": values.wholeNumber(
    ...ranges["ssm-execution-timeout"],
  ),
  "ssm-delivery-timeout": values.wholeNumber(...ranges["ssm-delivery-timeout"]),
  "ssm-document-name": values.documentName,
  "ssm-run-as": values.text,
  "ssm-working-directory": values.text,
  "ssm-shell": values.text,
  "ssm-pass-variables": values.patterns,
  "ssm-runner": values.oneOf(choices["ssm-runner"]),
  // the output
  "cloudwatch-log-group": values.logGroup,
  "log-retrieve-delay": values.wholeNumber(...ranges["log-retrieve-delay"]),
  "ssm-output-bucket": values.bucket,
  "ssm-output-limit": values.wholeNumber(...ranges["ssm-output-limit"]),
  "ssm-live-output": values.flag,
  // the transfer
  "ssm-copier-bucket": values.bucket,
  "ssm-copier-prefix": values.keyPrefix,
  "ssm-copier-kms-key": values.kmsKey,
  "ssm-copier-inline-limit": values.wholeNumber(
    ...ranges["ssm-copier-inline-limit"],
  ),
  "ssm-copier-file-mode": values.fileMode,
  // the connection
  "ssm-sidecar": values.oneOf(choices["ssm-sidecar"]),
  "ssm-endpoint-url": values.httpUrl,
  "sts-endpoint-url": values.httpUrl,
  "logs-endpoint-url": values.httpUrl,
  "s3-endpoint-url": values.httpUrl,
  "ssm-rundeck-url": values.httpUrl,
  "ssm-rundeck-token": values.secretText,
  "ssm-node-path": values.text,
} as const;

export type SettingName = keyof typeof schema;
export type SettingValue<Name extends SettingName> = z.output<
  (typeof schema)[Name]
>;

/** Values that count where no layer has one, as a user would write them. `plugin.yaml` has none: a default there would hide farther layers. */
export const defaults = {
  "ssm-execution-timeout": "3600",
  "ssm-delivery-timeout": "600",
  "ssm-runner": "full",
  "log-retrieve-delay": "0",
  "ssm-output-limit": "8388608",
  "ssm-live-output": "false",
  "ssm-copier-file-mode": "0600",
  "ssm-sidecar": "auto",
} as const satisfies Partial<Record<SettingName, string>>;

/** Settings whose value only Rundeck can fetch, from Key Storage, and that no message may show. */
export const secretNames: ReadonlySet<string> = new Set([
  "ssm-secretKey",
  "ssm-copier-secretKey",
  "ssm-rundeck-token",
] satisfies SettingName[]);

/** Settings that belong to the Rundeck server: a node's attributes must not choose its programs, or where its token goes. */
export const serverNames: ReadonlySet<string> = new Set([
  "ssm-rundeck-url",
  "ssm-rundeck-token",
  "ssm-node-path",
] satisfies SettingName[]);
