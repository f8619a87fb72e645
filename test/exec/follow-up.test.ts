import { describe, expect, it } from "vitest";
import { planCommand } from "../../src/command/plan.ts";
import { openFollowUp } from "../../src/exec/follow-up.ts";
import { fakePorts, never } from "../support/ports.ts";
import { made } from "../support/ssm.ts";

const plan = planCommand({
  instanceId: "i-1",
  target: "node a (i-1, us-east-1)",
  platform: "unix",
  command: "id",
  runId: "0123456789abcdef01234567",
  comment: "why",
  runner: "full",
  variables: new Map(),
  executionTimeoutSeconds: 60,
  deliveryTimeoutSeconds: 600,
  outputLimitBytes: 8_388_608,
  liveOutput: false,
  logRetrieveDelaySeconds: 0,
});

/** A follow-up of which a node answers the `answered`th send alone. */
function open(answered: number) {
  const fake = fakePorts({
    read: [
      made(() =>
        fake.ssm.sent.length < answered
          ? { status: "InProgress" }
          : { stdout: "page" },
      ),
    ],
  });
  const startedAt = fake.clock.now();
  const followUp = openFollowUp(fake.ports, plan, { limitMs: 600_000 });
  return { ...fake, followUp, elapsedMs: () => fake.clock.now() - startedAt };
}

describe("a follow-up whose answer is lost", () => {
  it("is asked once more where that changes nothing", async () => {
    const { followUp, elapsedMs, ssm } = open(2);
    const answer = followUp("page 1", never, { mayRepeat: true });
    expect(await answer).toMatchObject({ stdout: "page" });
    expect(elapsedMs()).toBeLessThan(65_000);
    expect(ssm.calls).not.toContain("cancel");
  });

  it("is cancelled when it is given up, so that nothing is done later", async () => {
    const { followUp, ssm } = open(2);
    await expect(followUp("upload", never)).rejects.toMatchObject({
      code: "output-incomplete",
      message: expect.stringMatching(/took too long$/),
    });
    expect(ssm.calls.filter((call) => call !== "read")).toEqual([
      "send",
      "cancel",
    ]);
  });
});
