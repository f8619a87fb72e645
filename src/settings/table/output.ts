import * as values from "../values.ts";
import { count, executor, flag } from "../record.ts";
import type { Records } from "../record.ts";

/** How a command's output comes. */
export const outputSettings = {
  "cloudwatch-log-group": {
    services: executor,
    form: values.logGroup,
  },
  "log-retrieve-delay": {
    services: executor,
    ...count("seconds", 0, 3600),
    default: "0",
  },
  "ssm-output-bucket": {
    services: executor,
    form: values.bucket,
  },
  "ssm-output-limit": {
    services: executor,
    ...count("bytes", 0, 1073741824),
    default: "8388608",
  },
  "ssm-live-output": {
    services: executor,
    ...flag,
    default: "false",
  },
} as const satisfies Records;
