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
  description: z.string(),
  rendering: z.record(z.string(), z.string()),
  values: z.array(z.string()).nullable(),
  labels: z.record(z.string(), z.string()).nullable(),
});

const providerSchema = z.object({
  service: z.string(),
  provider: z.string(),
  file: z.string(),
  version: z.string(),
  pluginVersion: z.string(),
  date: z.string(),
  url: z.string(),
  docsLink: z.string(),
  sourceLink: z.string(),
  tags: z.array(z.string()),
  title: z.string(),
  meta: z.record(z.string(), z.string()),
  resources: z.array(z.string()).nullable(),
  properties: z.array(propertySchema),
});

const resourceSchema = z.object({
  node: z.string(),
  attributes: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
});

const listingSchema = z.object({
  success: z.boolean(),
  error: z.string().optional(),
});

export type ResourceNode = z.infer<typeof resourceSchema>;
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

/** A line of the job's log; undefined for what the harness says of its nodes. */
export function parseLogLine(printed: string): LogLine | undefined {
  return jsonLines(printed)
    .filter((line) => "stream" in line)
    .map((line) => eventSchema.parse(line))[0];
}

/** The lines of list. A provider that Rundeck could not load has no properties and does not parse. */
export function parseProviders(stdout: string): Provider[] {
  return jsonLines(stdout).map((line) => providerSchema.parse(line));
}

/** The lines of resources: nodes by name, and how it ended. */
export function parseResources(stdout: string): {
  nodes: Map<string, ResourceNode>;
  error?: string;
} {
  const lines = jsonLines(stdout);
  const nodes = lines
    .filter((line) => "node" in line)
    .map((line) => resourceSchema.parse(line));
  const { success, error = "no reason" } = listingSchema.parse(lines.at(-1));
  return {
    nodes: new Map(nodes.map((node) => [node.node, node])),
    ...(success ? {} : { error }),
  };
}

function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) =>
      z.record(z.string(), z.unknown()).parse(JSON.parse(line) as unknown),
    );
}
