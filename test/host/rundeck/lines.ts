import { z } from "zod";

const eventSchema = z.object({
  /** Milliseconds since the JVM's start. */
  t: z.number(),
  node: z.string().nullable(),
  /** The node's stdout or stderr, a line of Rundeck's own, or a word of the harness. */
  stream: z.enum(["out", "err", "log", "harness"]),
  level: z.string().optional(),
  text: z.string(),
});

const nodeSchema = z.object({
  node: z.string(),
  success: z.boolean().nullable(),
  resultCode: z.number().nullable().optional(),
  failureReason: z.string().nullable().optional(),
  failureMessage: z.string().nullable(),
  remotePath: z.string().nullable().optional(),
  ms: z.number().nullable().optional(),
});

const totalSchema = z.object({
  total: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  success: z.boolean(),
  aborted: z.boolean(),
  aborts: z.number(),
  ms: z.number(),
  msAfterFirstAbort: z.number().optional(),
  jvmCpuMs: z.number(),
  throwable: z.string().optional(),
});

const propertySchema = z.object({
  name: z.string(),
  title: z.string().nullable(),
  type: z.string(),
  default: z.string().nullable(),
  required: z.boolean(),
  rendering: z.string(),
  values: z.array(z.string()).nullable(),
});

const providerSchema = z.object({
  service: z.string(),
  provider: z.string(),
  file: z.string(),
  version: z.string(),
  pluginVersion: z.string(),
  title: z.string(),
  meta: z.record(z.string(), z.string()),
  resources: z.array(z.string()).nullable(),
  properties: z.array(propertySchema),
});

export type LogLine = z.infer<typeof eventSchema>;
export type NodeResult = z.infer<typeof nodeSchema>;
export type Total = z.infer<typeof totalSchema>;
export type Provider = z.infer<typeof providerSchema>;

export type JobLines = {
  log: LogLine[];
  results: NodeResult[];
  total: Total;
};

/** The lines of exec, copy and script. Throws if the harness printed anything else, or did not come to its end. */
export function parseJob(stdout: string): JobLines {
  const log: LogLine[] = [];
  const results: NodeResult[] = [];
  const totals: Total[] = [];
  for (const line of jsonLines(stdout)) {
    if ("stream" in line) log.push(eventSchema.parse(line));
    else if ("total" in line) totals.push(totalSchema.parse(line));
    else results.push(nodeSchema.parse(line));
  }
  const total = totals.at(-1);
  if (!total) throw new Error(`no total in the harness's output: ${stdout}`);
  return { log, results, total };
}

/** The lines of list. A provider that Rundeck could not load has no properties and does not parse. */
export function parseProviders(stdout: string): Provider[] {
  return jsonLines(stdout).map((line) => providerSchema.parse(line));
}

function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) =>
      z.record(z.string(), z.unknown()).parse(JSON.parse(line) as unknown),
    );
}
