import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { FaultRule } from "../../src/local/faults.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { machineMs } from "../support/patience.ts";
import { executorEnvironment, runPlugin } from "../support/plugin.ts";

const cases: { name: string; faults: FaultRule[] }[] = [
  ...(["SendCommand", "GetCommandInvocation"] as const).flatMap(
    (operation): { name: string; faults: FaultRule[] }[] => [
      {
        name: `${operation} throttled four times`,
        faults: [
          { kind: "error", code: "ThrottlingException", operation, times: 4 },
        ],
      },
      {
        name: `${operation} answering 500 without effect`,
        faults: [
          {
            kind: "error",
            code: "InternalServerError",
            status: 500,
            operation,
            times: 1,
          },
        ],
      },
      {
        name: `${operation} answering 503 after it took effect`,
        faults: [
          {
            kind: "error",
            code: "ServiceUnavailable",
            status: 503,
            when: "after",
            operation,
            times: 1,
          },
        ],
      },
      {
        name: `${operation} reset before it took effect`,
        faults: [{ kind: "lost", when: "before", operation, times: 1 }],
      },
      {
        name: `${operation} reset after it took effect`,
        faults: [{ kind: "lost", when: "after", operation, times: 1 }],
      },
      {
        name: `${operation} answered with what nobody can parse`,
        faults: [{ kind: "malformed", operation, times: 1 }],
      },
      {
        name: `${operation} slow by 45 s`,
        faults: [{ kind: "delay", ms: 45_000, operation, times: 1 }],
      },
    ],
  ),
  {
    name: "a lost send, and the look-up throttled and failing",
    faults: [
      { kind: "lost", when: "after", operation: "SendCommand", times: 1 },
      {
        kind: "error",
        code: "ThrottlingException",
        operation: "ListCommands",
        times: 2,
      },
    ],
  },
];

let local: LocalAws;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-faults-"));

beforeAll(async () => {
  local = await startLocalAws({ nodes: cases.length + 5, folder });
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

const nodeOf = (index: number) => local.instanceIds[index] ?? "";
const run = (
  index: number,
  command: string,
  more: Record<string, string> = {},
) =>
  runPlugin(
    "NodeExecutor",
    executorEnvironment(local, nodeOf(index), command, more),
  );
const oneLine = (code: string) =>
  new RegExp(String.raw`^rundeck-ssm: ${code}: [^\n]+\n$`);

describe.concurrent("a fault that passes", () => {
  it.for(cases.map((one, index) => ({ ...one, index })))(
    "$name: the command runs exactly once, and ends as it would have",
    async ({ faults, index }, { expect }) => {
      const ran = path.join(folder, `ran-${index}`);
      for (const fault of faults)
        local.faults.add({ ...fault, instanceId: nodeOf(index) });
      const { stdout, stderr, exitCode, ms } = await run(
        index,
        `echo run >>${ran}; echo done; exit 5`,
      );
      expect(stderr).toBe("");
      expect(stdout.toString()).toBe("done\n");
      expect(exitCode).toBe(5);
      expect(readFileSync(ran, "utf8")).toBe("run\n");
      // a slow answer is given up after 20 s
      expect(ms).toBeLessThan(24_000 + machineMs);
    },
  );
});

// slow, because it is the plugin's own patience that passes: a minute without an answer, 30 s that AWS takes for the least
describe.concurrent("a fault that stays", () => {
  it("an endpoint that refuses connections: given up after a minute", async ({
    expect,
  }) => {
    const { stderr, exitCode, ms } = await run(cases.length, "true", {
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    });
    expect(exitCode).toBe(75);
    expect(stderr).toMatch(oneLine("aws-unreachable"));
    expect(stderr).toContain("ssm:SendCommand");
    expect(ms).toBeGreaterThan(55_000);
    expect(ms).toBeLessThan(75_000 + machineMs);
  });

  it("an offline node: the delivery timeout, said as such", async ({
    expect,
  }) => {
    local.nodes.get(nodeOf(cases.length + 1))?.goOffline();
    const { stderr, exitCode } = await run(cases.length + 1, "true", {
      RD_CONFIG_SSM_DELIVERY_TIMEOUT: "30",
    });
    expect(exitCode).toBe(124);
    const [note, ...line] = stderr.split(/(?<=\n)/);
    expect(note).toMatch(/^rundeck-ssm: note: .*ConnectionLost since /);
    expect(line.join("")).toMatch(oneLine("delivery-timeout"));
  });

  it("a lost send whose look-up is denied: not repeated, and the action named", async ({
    expect,
  }) => {
    const node = nodeOf(cases.length + 2);
    const ran = path.join(folder, "ran-denied");
    local.faults.add({
      kind: "lost",
      when: "after",
      operation: "SendCommand",
      instanceId: node,
      times: 1,
    });
    local.faults.add({
      kind: "error",
      code: "AccessDeniedException",
      operation: "ListCommands",
      instanceId: node,
    });
    const { stderr, exitCode } = await run(
      cases.length + 2,
      `echo run >>${ran}`,
    );
    expect(exitCode).toBe(77);
    expect(stderr).toMatch(oneLine("access-denied"));
    expect(stderr).toContain("ssm:ListCommands");
    // nobody waited for it to begin
    await expect.poll(() => existsSync(ran)).toBe(true);
    expect(readFileSync(ran, "utf8")).toBe("run\n");
  });

  it("polls denied: the missing action named, and that the command goes on", async ({
    expect,
  }) => {
    local.faults.add({
      kind: "error",
      code: "AccessDeniedException",
      operation: "GetCommandInvocation",
      instanceId: nodeOf(cases.length + 3),
    });
    const { stderr, exitCode } = await run(cases.length + 3, "true");
    expect(exitCode).toBe(77);
    expect(stderr).toMatch(oneLine("access-denied"));
    expect(stderr).toContain("ssm:GetCommandInvocation");
  });

  it("a node that AWS does not know: one line that says what to check", async ({
    expect,
  }) => {
    const { stderr, exitCode } = await runPlugin(
      "NodeExecutor",
      executorEnvironment(local, "i-0deadbeefdeadbeef", "true"),
    );
    expect(exitCode).toBe(69);
    expect(stderr).toMatch(oneLine("node-unreachable"));
  });
});

describe("a command that AWS shows late", () => {
  it("is waited for", async ({ expect }) => {
    local.faults.visibility.invocationsAfterMs = 1_500;
    const { stdout, exitCode } = await run(cases.length + 4, "echo late");
    local.faults.visibility.invocationsAfterMs = 0;
    expect([stdout.toString(), exitCode]).toEqual(["late\n", 0]);
  });
});
