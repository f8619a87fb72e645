import * as values from "../values.ts";
import { both, choice } from "../record.ts";
import type { Records } from "../record.ts";

/** How AWS and Rundeck are reached. */
export const connectionSettings = {
  "ssm-sidecar": {
    services: both,
    ...choice("auto", "off"),
    default: "auto",
  },
  "ssm-metrics-file": {
    services: both,
    form: values.metricsFile,
    scope: "server",
  },
  "ssm-node-endpoints": {
    services: both,
    ...choice("allow", "ignore"),
    default: "allow",
    scope: "server",
  },
  "ssm-rundeck-url": {
    services: both,
    form: values.httpUrl,
    scope: "server",
  },
  "ssm-rundeck-token": {
    services: both,
    form: values.secretText,
    isSecret: true,
    scope: "server",
  },
  "ssm-node-path": {
    services: both,
    form: values.text,
    scope: "server",
  },
  "ssm-endpoint-url": {
    services: both,
    form: values.httpUrl,
    isHidden: true,
  },
  "sts-endpoint-url": {
    services: both,
    form: values.httpUrl,
    isHidden: true,
  },
  "logs-endpoint-url": {
    services: both,
    form: values.httpUrl,
    isHidden: true,
  },
  "s3-endpoint-url": {
    services: both,
    form: values.httpUrl,
    isHidden: true,
  },
} as const satisfies Records;
