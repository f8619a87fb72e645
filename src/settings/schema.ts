import * as z from "zod/mini";
import * as values from "./values.ts";

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
  "ssm-execution-timeout": values.wholeNumber("seconds", 5, 172_800),
  "ssm-delivery-timeout": values.wholeNumber("seconds", 30, 2_592_000),
  "ssm-document-name": values.documentName,
  "ssm-run-as": values.text,
  "ssm-working-directory": values.text,
  "ssm-shell": values.text,
  "ssm-pass-variables": values.patterns,
  "ssm-runner": values.oneOf(["full", "none"]),
  // the output
  "cloudwatch-log-group": values.logGroup,
  "log-retrieve-delay": values.wholeNumber("seconds", 0, 3600),
  "ssm-output-bucket": values.bucket,
  "ssm-output-limit": values.wholeNumber("bytes", 0, 1_073_741_824),
  "ssm-live-output": values.flag,
  // the transfer
  "ssm-copier-bucket": values.bucket,
  "ssm-copier-prefix": values.keyPrefix,
  "ssm-copier-kms-key": values.kmsKey,
  "ssm-copier-inline-limit": values.wholeNumber("bytes", 0, 1_073_741_824),
  "ssm-copier-file-mode": values.fileMode,
  // the connection
  "ssm-sidecar": values.oneOf(["auto", "off"]),
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
