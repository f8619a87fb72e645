import * as values from "../values.ts";
import { copier, count } from "../record.ts";
import type { Records } from "../record.ts";

/** How a file goes. */
export const transferSettings = {
  "ssm-copier-bucket": {
    services: copier,
    form: values.bucket,
  },
  "ssm-copier-prefix": {
    services: copier,
    form: values.keyPrefix,
  },
  "ssm-copier-kms-key": {
    services: copier,
    form: values.kmsKey,
  },
  "ssm-copier-inline-limit": {
    services: copier,
    ...count("bytes", 0, 1073741824),
  },
  "ssm-copier-file-mode": {
    services: copier,
    form: values.fileMode,
  },
} as const satisfies Records;
