import {
  ListCommandInvocationsCommand,
  SendCommandCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openLimiter } from "../../src/sidecar/limiter/limiter.ts";
import { shareServices } from "../../src/sidecar/services.ts";
import { askerOf } from "../support/asker.ts";
import { callFor, nodeIds, requestOf } from "../support/sharing.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const aws = mockClient(SSMClient);
beforeEach(() => aws.reset());
afterAll(() => aws.restore());

const keys = (secret: string) => ({
  "ssm-accessKeyId": "AKIDEXAMPLE",
  "ssm-secretKey": secret,
});

function open() {
  const clock = virtualClock();
  const limiter = openLimiter(clock);
  const shared = shareServices({ clock, random: () => 0.5, limiter });
  const send = async (secret: string, instanceId: string) => {
    const lease = shared.lease(new AbortController().signal);
    const asker = askerOf({ attributes: keys(secret), instanceId });
    const { ssm } = lease.openServices(asker, clock);
    const sent = await ssm.send(
      requestOf(ssm, instanceId),
      callFor(instanceId),
    );
    ssm.close();
    lease.release();
    return sent.commandId;
  };
  return { clock, limiter, shared, send };
}

describe("services that runs share", () => {
  it("send in one request what the same ones ask, and never with another's secret", async () => {
    const secrets: string[] = [];
    let commands = 0;
    aws.on(SendCommandCommand).callsFake(async (_input, getClient) => {
      const { secretAccessKey } = await getClient().config.credentials();
      secrets.push(secretAccessKey);
      return { Command: { CommandId: `c-${(commands += 1)}` } };
    });
    const { clock, shared, send } = open();
    const ids = nodeIds(8);
    await clock.run(
      Promise.all(ids.map((id, at) => send(at % 2 ? "odd" : "even", id))),
    );
    expect(secrets.length).toBe(2);
    expect(new Set(secrets)).toEqual(new Set(["even", "odd"]));
    const asked = aws
      .commandCalls(SendCommandCommand)
      .map(({ args }) => args[0].input.InstanceIds);
    expect(asked).toEqual([
      ids.filter((_id, at) => at % 2 === 0),
      ids.filter((_id, at) => at % 2 === 1),
    ]);
    expect(shared.count()).toBe(2);
    expect(shared.asked().get("ssm:SendCommand")).toBe(8);
  });

  it("are kept for five minutes after their last run", async () => {
    aws.on(SendCommandCommand).resolves({ Command: { CommandId: "c-1" } });
    aws.on(ListCommandInvocationsCommand).resolves({});
    const { clock, shared, send } = open();
    const [a = "", b = ""] = nodeIds(2);
    await clock.run(send("s", a));
    await clock.run(clock.sleep(4 * 60_000));
    await clock.run(send("s", b));
    await clock.run(clock.sleep(4 * 60_000));
    expect(shared.count()).toBe(1);
    await clock.run(clock.sleep(6 * 60_000));
    expect(shared.count()).toBe(0);
    expect(shared.asked().get("ssm:SendCommand")).toBe(2);
  });

  it("count against the limits of one account, whoever asks", async () => {
    aws.on(SendCommandCommand).resolves({ Command: { CommandId: "c-1" } });
    const { clock, limiter, shared } = open();
    const [id = ""] = nodeIds(1);
    for (const project of ["a", "b"]) {
      const attributes = {
        "ssm-assume-role-arn": "arn:aws:iam::111122223333:role/a",
      };
      const lease = shared.lease(new AbortController().signal);
      lease.openServices(askerOf({ attributes, project }), clock);
    }
    expect(shared.count()).toBe(2);
    const gate = limiter.gate({ account: "111122223333", region: "eu-west-1" });
    (await gate.enter("ssm:SendCommand", callFor(id)))();
    expect(limiter.status()).toHaveLength(1);
  });
});
