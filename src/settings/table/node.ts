import * as values from "../values.ts";
import { both } from "../record.ts";
import type { Records } from "../record.ts";

/** Where the node is. */
export const nodeSettings = {
  instanceId: {
    services: both,
    form: values.instanceId,
  },
  region: {
    services: both,
    form: values.region,
  },
} as const satisfies Records;
