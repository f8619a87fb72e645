import * as values from "../values.ts";
import { both, choice, count, executor } from "../record.ts";
import type { Records } from "../record.ts";

/** How a command runs. */
export const runSettings = {
  "ssm-execution-timeout": {
    services: both,
    ...count("seconds", 5, 172800),
    default: "3600",
  },
  "ssm-delivery-timeout": {
    services: both,
    ...count("seconds", 30, 2592000),
    default: "600",
  },
  "ssm-run-as": {
    services: both,
    form: values.text,
  },
  "ssm-working-directory": {
    services: executor,
    form: values.text,
  },
  "ssm-shell": {
    services: executor,
    form: values.text,
  },
  "ssm-pass-variables": {
    services: executor,
    form: values.patterns,
  },
  "ssm-document-name": {
    services: executor,
    form: values.documentName,
  },
  "ssm-runner": {
    services: executor,
    ...choice("full", "none"),
    default: "full",
  },
} as const satisfies Records;
