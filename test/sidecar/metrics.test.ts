import { describe, expect, it } from "vitest";
import { formatMetrics } from "../../src/sidecar/metrics.ts";
import { busyStatus } from "../support/status.ts";

const other = {
  ...busyStatus,
  serverPid: 816,
  limits: [],
  calls: [],
  projects: [],
};

/** Source: Prometheus, "Exposition formats", text-based format. */
const line =
  /^(?:# HELP ([a-z_]+) .+|# TYPE ([a-z_]+) (?:counter|gauge)|([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)+)\} [\d.]+)$/;

describe("the metrics", () => {
  const text = formatMetrics([
    { status: busyStatus, isUp: true },
    { status: other, isUp: false },
  ]);
  const lines = text.trimEnd().split("\n");

  it("are in Prometheus' format to the last line, whatever a project is called", () => {
    expect(text.endsWith("\n")).toBe(true);
    expect(lines.filter((one) => !line.test(one))).toEqual([]);
    expect(text).toContain(
      String.raw`rundeck_ssm_executions_running{server_pid="815",project="a\"b\\c\nd` +
        '\u001b[31m"} 0\n',
    );
  });

  it("have each name's series in one piece, behind its HELP and TYPE", () => {
    const names = lines.map((one) => {
      const [, help, type, series] = line.exec(one) ?? [];
      return help ?? type ?? series ?? "";
    });
    const pieces = names.filter((name, i) => name !== names[i - 1]);
    expect(pieces).toEqual([...new Set(names)]);
    for (const name of pieces) {
      expect(lines[names.indexOf(name)]).toMatch(/^# HELP /);
      expect(lines[names.indexOf(name) + 1]).toMatch(/^# TYPE /);
    }
  });

  it("have no series twice", () => {
    const series = lines
      .filter((one) => !one.startsWith("#"))
      .map((one) => one.slice(0, one.lastIndexOf(" ")));
    expect(series).toEqual([...new Set(series)]);
  });

  it("say what a sidecar said", () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        'rundeck_ssm_sidecar_up{server_pid="815"} 1',
        'rundeck_ssm_sidecar_up{server_pid="816"} 0',
        'rundeck_ssm_sidecar_resident_memory_bytes{server_pid="815"} 84934656',
        'rundeck_ssm_executions_total{server_pid="815",project="shop",end="done"} 140',
        'rundeck_ssm_executions_total{server_pid="815",project="shop",end="killed"} 1',
        'rundeck_ssm_calls_asked_total{server_pid="815",action="ssm:SendCommand"} 198',
        'rundeck_ssm_aws_requests_total{server_pid="815",account="123456789012",region="eu-west-1",action="ssm:SendCommand"} 5',
        // 1 + 480 + 198 asked for, 1 + 2 + 14 + 5 made
        'rundeck_ssm_calls_saved{server_pid="815"} 657',
        'rundeck_ssm_aws_rate_limit{server_pid="815",account="123456789012",region="eu-west-1",action="ssm:SendCommand"} 9.731',
        'rundeck_ssm_aws_waited_seconds_total{server_pid="815",account="123456789012",region="eu-west-1",action="ssm:SendCommand"} 61.25',
      ]),
    );
  });

  it("say nothing of a limit that has not shown", () => {
    expect(text).not.toMatch(/rate_limit\{[^}]*unknown-1/);
  });
});
