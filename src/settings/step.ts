import * as z from "zod/mini";
import type { SettingName } from "./schema.ts";
import * as values from "./values.ts";

/** What the document step's form has beside settings: what is run. */
export const documentFields = {
  document: {
    title: "Document",
    text: "SSM document of type Command, by name or ARN.",
    form: values.documentName,
  },
  "document-version": {
    title: "Document Version",
    text: "A number, $DEFAULT or $LATEST. Empty: the document's default version.",
    form: z
      .string()
      .check(
        z.regex(
          /^(?:\$LATEST|\$DEFAULT|[1-9]\d{0,9})$/,
          "a version's number, $DEFAULT or $LATEST",
        ),
      ),
  },
  parameters: {
    title: "Parameters",
    text: "The document's parameters in YAML, NAME: VALUE; a list or a map where the document has one. Each is checked before anything is sent.",
    form: z.string(),
  },
  comment: {
    title: "Comment",
    text: "Shown in Run Command's history, its first 73 characters. Empty: project, job and user.",
    form: values.text,
  },
} as const;

export type DocumentField = keyof typeof documentFields;

/** Settings that the step's form has, too: there they are nearer than the node's. */
export const stepSettings = [
  "ssm-execution-timeout",
  "ssm-delivery-timeout",
  "cloudwatch-log-group",
] as const satisfies SettingName[];

/** Settings that count for a step without being in its form, as properties of its provider in the project and the framework. */
export const stepProviderSettings = [
  "region",
  "ssm-accessKeyId",
  "ssm-secretKey",
  "ssm-profile",
  "ssm-assume-role",
  "ssm-assume-role-arn",
  "ssm-external-id",
  "ssm-sts-region",
  "log-retrieve-delay",
  "ssm-node-endpoints",
  "ssm-endpoint-url",
  "sts-endpoint-url",
  "logs-endpoint-url",
  "ssm-rundeck-url",
  "ssm-rundeck-token",
  "ssm-node-path",
] as const satisfies SettingName[];
