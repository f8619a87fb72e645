import { countSaved } from "./status.ts";
import type { Status } from "./status.ts";

/** `isUp`: whether it serves; the last word of one that ends says that it does not. */
export type Measured = { status: Status; isUp: boolean };

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number, labels?: Labels];

type Metric = {
  name: string;
  type: "counter" | "gauge";
  help: string;
  samples(status: Status, isUp: boolean): Sample[];
};

const one = (value: number): Sample[] => [[value]];

const ofLimits =
  (pick: (limit: Status["limits"][number]) => number | undefined) =>
  ({ limits }: Status): Sample[] =>
    limits.flatMap((limit): Sample[] => {
      const { account, region, action } = limit;
      const value = pick(limit);
      return value === undefined ? [] : [[value, { account, region, action }]];
    });

const metrics: readonly Metric[] = [
  {
    name: "rundeck_ssm_sidecar_up",
    type: "gauge",
    help: "1 while the sidecar serves, 0 as its last word.",
    samples: (_, isUp) => one(isUp ? 1 : 0),
  },
  {
    name: "rundeck_ssm_sidecar_info",
    type: "gauge",
    help: "Always 1; the version is its label.",
    samples: ({ version }) => [[1, { version }]],
  },
  {
    name: "rundeck_ssm_sidecar_uptime_seconds",
    type: "gauge",
    help: "Seconds since the sidecar began.",
    samples: ({ uptimeSeconds }) => one(uptimeSeconds),
  },
  {
    name: "rundeck_ssm_sidecar_cpu_seconds_total",
    type: "counter",
    help: "CPU time of the sidecar, user and system.",
    samples: ({ cpuSeconds }) => one(cpuSeconds),
  },
  {
    name: "rundeck_ssm_sidecar_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory of the sidecar.",
    samples: ({ memoryBytes }) => one(memoryBytes),
  },
  {
    name: "rundeck_ssm_sidecar_open_descriptors",
    type: "gauge",
    help: "Open file descriptors of the sidecar.",
    samples: ({ descriptors }) => one(descriptors),
  },
  {
    name: "rundeck_ssm_executions_running",
    type: "gauge",
    help: "Executions under way: each one command or copy on one node.",
    samples: ({ projects }) =>
      projects.map(({ project, running }) => [running, { project }]),
  },
  {
    name: "rundeck_ssm_executions_total",
    type: "counter",
    help: "Executions that have ended: done (by themselves), killed, or direct (handed back to a process of their own).",
    samples: ({ projects }) =>
      projects.flatMap(({ project, ...tally }) =>
        (["done", "killed", "direct"] as const).map((end): Sample => [
          tally[end],
          { project, end },
        ]),
      ),
  },
  {
    name: "rundeck_ssm_nodes",
    type: "gauge",
    help: "Different nodes with an execution under way.",
    samples: ({ nodes }) => one(nodes),
  },
  {
    name: "rundeck_ssm_identities",
    type: "gauge",
    help: "Sets of credentials, region and endpoints that have clients of AWS.",
    samples: ({ identities }) => one(identities),
  },
  {
    name: "rundeck_ssm_calls_asked_total",
    type: "counter",
    help: "Calls of Run Command that executions have asked for.",
    samples: ({ calls }) =>
      calls.flatMap(({ action, asked }): Sample[] =>
        asked === undefined ? [] : [[asked, { action }]],
      ),
  },
  {
    name: "rundeck_ssm_aws_requests_total",
    type: "counter",
    help: "Requests made to AWS, repeated ones too.",
    samples: ofLimits(({ calls }) => calls),
  },
  {
    name: "rundeck_ssm_calls_saved",
    type: "gauge",
    help: "Calls of Run Command that were asked for, less the requests that were made for them.",
    samples: (status) => one(countSaved(status).saved),
  },
  {
    name: "rundeck_ssm_aws_throttled_total",
    type: "counter",
    help: "Requests that AWS refused for their rate.",
    samples: ofLimits(({ throttled }) => throttled),
  },
  {
    name: "rundeck_ssm_aws_rate_limit",
    type: "gauge",
    help: "Requests a second that AWS has been found to allow; absent while no limit has shown.",
    samples: ofLimits(({ perSecond }) => perSecond),
  },
  {
    name: "rundeck_ssm_aws_queued_requests",
    type: "gauge",
    help: "Requests that wait for their turn.",
    samples: ofLimits(({ queued }) => queued),
  },
  {
    name: "rundeck_ssm_aws_requests_in_flight",
    type: "gauge",
    help: "Requests under way.",
    samples: ofLimits(({ inFlight }) => inFlight),
  },
  {
    name: "rundeck_ssm_aws_waited_seconds_total",
    type: "counter",
    help: "Time that requests have waited for their turn, all together.",
    samples: ofLimits(({ waitedSeconds }) => waitedSeconds),
  },
];

/**
 * Prometheus' text format. Each series has its server's process as a label, so that the files of several servers on one host don't
 * collide. Source: Prometheus, "Exposition formats", text-based format 0.0.4.
 */
export function formatMetrics(all: readonly Measured[]): string {
  return metrics.map((metric) => formatMetric(metric, all)).join("");
}

function formatMetric(metric: Metric, all: readonly Measured[]): string {
  const { name, type, help } = metric;
  const lines = all.flatMap(({ status, isUp }) =>
    metric.samples(status, isUp).map(([value, labels]) => {
      const own = { server_pid: String(status.serverPid), ...labels };
      return `${name}{${formatLabels(own)}} ${value}\n`;
    }),
  );
  if (lines.length === 0) return "";
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(",");
}

function escapeLabel(value: string): string {
  return value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
}
