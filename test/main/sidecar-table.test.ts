import { describe, expect, it } from "vitest";
import { formatStatus } from "../../src/main/sidecar-table.ts";
import { busyStatus } from "../support/status.ts";

const plain = { hasColours: false };

describe("the status of a sidecar", () => {
  it("is a table", () => {
    const text = formatStatus({ state: "answers", status: busyStatus }, plain);
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      Sidecar 4711 of server 815, version 1.2.3
        up 1 h 2 min · 81 MiB memory · 1.5 s CPU · 121 descriptors · 1 identity
        50 executions running on 49 nodes · 148 done · 1 killed · 2 in a process of their own

        project       running  done  killed  own process
        shop               50   140       1            0
        a"b\\c?d?[31m        0     8       0            2

        action                      asked for  made
        s3:PutObject                        –     3
        ssm:CancelCommand                   1     1
        ssm:GetCommandInvocation          480     2
        ssm:ListCommandInvocations          –    14
        ssm:SendCommand                   198     5
        Run Command: 22 requests for 679 calls, 657 saved (96 %)

        account       region     action                      per second  throttled  queued  in flight     waited
        123456789012  eu-west-1  ssm:SendCommand                    9.7          2       4          1  1 min 1 s
        unknown-1     eu-west-1  ssm:ListCommandInvocations    no limit          0       0          2        0 s
      "
    `);
  });

  it("has colours only where they are wanted", () => {
    const asked = { state: "answers", status: busyStatus } as const;
    const coloured = formatStatus(asked, { hasColours: true });
    // oxlint-disable-next-line no-control-regex -- colours are what this is about
    expect(coloured.replaceAll(/\u001b\[\d+m/g, "")).toBe(
      formatStatus(asked, plain),
    );
    expect(coloured).toContain("\u001b[33m2\u001b[0m");
  });

  it("is a line where it does not answer", () => {
    const silent = { pid: 4711, serverPid: 815 };
    expect(formatStatus({ state: "stopped", ...silent }, plain)).toBe(
      "Sidecar 4711 of server 815 is stopped: kill -CONT 4711 wakes it up; kill -KILL 4711 ends it, and its executions go on in processes of their own\n",
    );
    expect(formatStatus({ state: "silent", ...silent }, plain)).toMatch(
      /^Sidecar 4711 of server 815 does not answer; /,
    );
  });
});
