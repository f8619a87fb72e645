import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { planCommand } from "../../src/command/plan.ts";
import { runCommand } from "../../src/exec/run.ts";
import { fakeObjects } from "../support/objects.ts";
import { fakePorts, unending } from "../support/ports.ts";
import { failure, made } from "../support/ssm.ts";

const runId = "0123456789abcdef01234567";
const text = randomBytes(300_000);
const pack = gzipSync(text);
const sum = createHash("sha256").update(text).digest("hex");
const plan = planCommand({
  instanceId: "i-1",
  target: "node a (i-1, us-east-1)",
  platform: "unix",
  command: "id",
  runId,
  comment: `why [${runId}]`,
  runner: "full",
  variables: new Map(),
  executionTimeoutSeconds: 60,
  deliveryTimeoutSeconds: 600,
  outputLimitBytes: 8_388_608,
  liveOutput: false,
  outputBucket: "out",
  logRetrieveDelaySeconds: 0,
});
const first = {
  stdout: `head\n${pack.subarray(0, 17_700).toString("base64")}\n[rundeck-ssm ${runId} exit=3 out=${text.length} err=0 form=packed pack=${pack.length} sum=${sum}]\n`,
  stderr: pack.subarray(17_700, 23_400).toString("base64"),
};

const key = `rundeck-ssm-output/${"f".repeat(32)}`;

/** A run whose output goes through a bucket. */
async function run(
  script: (
    upload: () => void,
    calls: () => string[],
  ) => Parameters<typeof fakePorts>[0],
) {
  const bucket = fakeObjects();
  const upload = () => void bucket.objects.set(key, pack);
  const fake = fakePorts(script(upload, () => fake.ssm.calls));
  const output: Buffer[] = [];
  /** What had been asked of SSM when the object was removed. */
  const before: string[] = [];
  const outcome = await runCommand(
    {
      ...fake.ports,
      openBucket: async () => ({
        ...bucket.port,
        presignPut: bucket.port.presign,
        remove: (...call) => {
          before.push(...fake.ssm.calls);
          return bucket.port.remove(...call);
        },
        read: async (name) =>
          Readable.from([bucket.objects.get(name) ?? Buffer.alloc(0)]),
      }),
    },
    plan,
    {
      newObjectName: () => "f".repeat(32),
      output: async (_, bytes) => void output.push(Buffer.from(bytes)),
    },
    unending,
  ).then(
    (ran) => ran.outcome,
    (error: unknown) => error,
  );
  const commands = fake.ssm.sent.map(
    ({ parameters }) => parameters["commands"]?.join("\n") ?? "",
  );
  const stdout = Buffer.concat(output);
  return { ...fake, outcome, stdout, commands, before };
}

describe("an output that goes through a bucket", () => {
  it("is whole though its files could not be removed from the node", async () => {
    const { outcome, notes, stdout, commands } = await run((upload) => ({
      send: ["c-1", "c-2", failure("access-denied")],
      read: [
        first,
        made(() => {
          upload();
          return { stdout: `[rundeck-ssm ${runId} sent=aws]` };
        }),
      ],
    }));
    expect([outcome, notes]).toEqual([{ kind: "exited", exitCode: 3 }, []]);
    expect(stdout.equals(text)).toBe(true);
    expect(commands.at(-1)).toMatch(/rm -rf "\$spool"\n$/);
  });

  it("is no longer under way from a node when its object is removed", async () => {
    const { outcome, notes, before } = await run((_, calls) => ({
      read: [
        first,
        made(() => ({
          status: calls().includes("cancel") ? "Cancelled" : "InProgress",
        })),
      ],
    }));
    expect(outcome).toMatchObject({ code: "output-incomplete" });
    expect(notes).toEqual([expect.stringMatching(/took too long/)]);
    expect(before.slice(-2)).toEqual(["cancel", "read"]);
  });
});
