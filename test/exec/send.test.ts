import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { sendCommand } from "../../src/exec/send.ts";
import type { Sending } from "../../src/exec/send.ts";
import type { Ssm } from "../../src/aws/ssm.ts";
import { endingWith, fakePorts, unending } from "../support/ports.ts";
import { failure, made } from "../support/ssm.ts";

const sending = (giveUpAtEpochMs = Infinity): Sending => ({
  request: {
    instanceId: "i-1",
    documentName: "AWS-RunShellScript",
    parameters: { commands: ["id"] },
    comment: "run abc",
    deliveryTimeoutSeconds: 600,
  },
  runId: "abc",
  giveUpAtEpochMs,
});
const found = { commandId: "c-1", instanceId: "i-1" };

describe("sending a command", () => {
  it("sends once when AWS answers", async () => {
    const { ports, ssm } = fakePorts({ send: ["c-1"] });
    expect(await sendCommand(ports, sending(), unending)).toEqual(found);
    expect(ssm.calls).toEqual(["send"]);
  });

  it("leaves nothing on the run's signals, which may last for days", async () => {
    const { ports } = fakePorts({ send: [failure("aws-silent"), "c-2"] });
    const signal = new AbortController().signal;
    const last = new AbortController().signal;
    await sendCommand(ports, sending(), { signal, last }).catch(() => {});
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(getEventListeners(last, "abort")).toEqual([]);
  });

  it("repeats a send that was throttled, for as long as the command may take", async () => {
    const { ports, ssm, clock } = fakePorts({
      send: [
        ...Array.from({ length: 40 }, () => failure("aws-throttled")),
        "c-1",
      ],
    });
    const startedAt = clock.now();
    expect(await sendCommand(ports, sending(), unending)).toEqual(found);
    expect(ssm.calls).toHaveLength(41);
    expect(clock.now() - startedAt).toBeGreaterThan(60_000);
  });

  it.each(["aws-failing", "aws-silent"] as const)(
    "looks a command up whose answer was lost (%s), and does not send it again",
    async (code) => {
      const { ports, ssm } = fakePorts({
        send: [failure(code), "c-2"],
        find: [undefined, "c-1"],
      });
      expect(await sendCommand(ports, sending(), unending)).toEqual(found);
      expect(ssm.calls).toEqual(["send", "find", "find"]);
    },
  );

  it("does not send again where the look-up is refused, whatever for: nobody knows, and the line says so", async () => {
    const { ports, ssm } = fakePorts({
      send: [failure("aws-silent"), "c-2"],
      find: [failure("credentials-invalid")],
    });
    await expect(sendCommand(ports, sending(), unending)).rejects.toMatchObject(
      {
        message: expect.stringContaining("may be running"),
      },
    );
    expect(ssm.calls).toEqual(["send", "find"]);
  });

  it("sends again only after AWS has shown three times that it took nothing", async () => {
    const { ports, ssm } = fakePorts({
      send: [failure("aws-silent"), "c-1"],
      find: [undefined],
    });
    expect(await sendCommand(ports, sending(), unending)).toEqual(found);
    expect(ssm.calls).toEqual(["send", "find", "find", "find", "send"]);
  });

  it("keeps looking while the look-up itself fails", async () => {
    const { ports, ssm } = fakePorts({
      send: [failure("aws-silent")],
      find: [failure("aws-throttled"), failure("aws-failing"), "c-1"],
    });
    expect(await sendCommand(ports, sending(), unending)).toEqual(found);
    expect(ssm.calls.filter((call) => call === "send")).toHaveLength(1);
  });

  it("does not send again when it can't be known whether the command was taken", async () => {
    const { ports, ssm } = fakePorts({
      send: [failure("aws-silent")],
      find: [failure("aws-failing")],
    });
    const until = ports.clock.now() + 600_000;
    await expect(
      sendCommand(ports, sending(until), unending),
    ).rejects.toMatchObject({
      code: "aws-silent",
      message: expect.stringContaining("may be running"),
    });
    expect(ssm.calls.filter((call) => call === "send")).toHaveLength(1);
  });

  it("names ssm:ListCommands when the look-up is denied", async () => {
    const { ports } = fakePorts({
      send: [failure("aws-failing")],
      find: [failure("access-denied")],
    });
    await expect(sendCommand(ports, sending(), unending)).rejects.toMatchObject(
      {
        code: "access-denied",
        message: expect.stringContaining("ssm:ListCommands"),
      },
    );
  });

  it("gives up after 60 s without any answer, to the look-up neither", async () => {
    const { ports, clock, ssm } = fakePorts({
      send: [failure("aws-silent")],
      find: [failure("aws-silent")],
    });
    const startedAt = clock.now();
    await expect(sendCommand(ports, sending(), unending)).rejects.toMatchObject(
      {
        code: "aws-silent",
      },
    );
    expect(clock.now() - startedAt).toBeLessThan(65_000);
    expect(ssm.calls.filter((call) => call === "send")).toHaveLength(1);
  });

  it("gives up after 60 s without a connection", async () => {
    const { ports, clock } = fakePorts({ send: [failure("aws-unreachable")] });
    const startedAt = clock.now();
    await expect(sendCommand(ports, sending(), unending)).rejects.toMatchObject(
      {
        code: "aws-unreachable",
      },
    );
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(60_000);
    expect(clock.now() - startedAt).toBeLessThan(61_000);
  });

  it.each([
    { name: "no queue", queueMs: 0, least: 60_000, most: 62_000 },
    { name: "a minute of queue", queueMs: 60_000, least: 180_000, most: 1e7 },
  ])(
    "gives up after 60 s without a connection, where each attempt has its turn: $name",
    async ({ queueMs, least, most }) => {
      const { ports, clock, ssm } = fakePorts({
        send: [failure("aws-unreachable")],
      });
      const queued: Ssm = {
        ...ssm,
        send: async (request, call) => {
          await clock.sleep(queueMs);
          call.onTurn?.();
          return ssm.send(request, call);
        },
      };
      const startedAt = clock.now();
      await expect(
        sendCommand({ ...ports, ssm: queued }, sending(), unending),
      ).rejects.toMatchObject({ code: "aws-unreachable" });
      expect(clock.now() - startedAt).toBeGreaterThanOrEqual(least);
      expect(clock.now() - startedAt).toBeLessThan(most);
    },
  );

  it("ends at its own deadline even if AWS goes on throttling", async () => {
    const { ports, clock } = fakePorts({ send: [failure("aws-throttled")] });
    const until = clock.now() + 90_000;
    await expect(
      sendCommand(ports, sending(until), unending),
    ).rejects.toMatchObject({ code: "aws-throttled" });
    expect(clock.now()).toBeLessThan(until + 25_000);
  });

  it.each([
    "access-denied",
    "credentials-invalid",
    "node-unreachable",
  ] as const)("passes a refusal on at once (%s)", async (code) => {
    const { ports, ssm } = fakePorts({ send: [failure(code)] });
    await expect(sendCommand(ports, sending(), unending)).rejects.toMatchObject(
      {
        code,
      },
    );
    expect(ssm.calls).toEqual(["send"]);
  });

  it("sends nothing when the job was killed before", async () => {
    const { ports, ssm } = fakePorts({ send: ["c-1"] });
    expect(
      await sendCommand(ports, sending(), endingWith(AbortSignal.abort())),
    ).toBeUndefined();
    expect(ssm.calls).toEqual([]);
  });

  it("gives back the command when the job is killed while the send is under way, so that it can be cancelled", async () => {
    const killed = new AbortController();
    const { ports } = fakePorts({
      send: [
        made(() => {
          killed.abort();
          return "c-1";
        }),
      ],
    });
    expect(
      await sendCommand(ports, sending(), endingWith(killed.signal)),
    ).toEqual(found);
  });

  it("says that a killed command may be running where its look-up fails, not that it never began", async () => {
    const killed = new AbortController();
    const { ports } = fakePorts({
      send: [
        made(() => {
          killed.abort();
          return failure("aws-failing");
        }),
      ],
      find: [failure("access-denied")],
    });
    await expect(
      sendCommand(ports, sending(), endingWith(killed.signal)),
    ).rejects.toMatchObject({
      code: "cancelled",
      message: expect.stringContaining("may be running"),
    });
  });

  it("waits for no answer when there is no time left", async () => {
    const killed = new AbortController();
    const { ports, ssm } = fakePorts({});
    const unanswering: Ssm = {
      ...ssm,
      send: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          killed.abort();
        }),
    };
    await expect(
      sendCommand({ ...ports, ssm: unanswering }, sending(), {
        signal: killed.signal,
        last: killed.signal,
      }),
    ).rejects.toMatchObject({
      code: "cancelled",
      message: expect.stringContaining("may be running"),
    });
  });

  it("looks a lost command up also when the job is killed meanwhile", async () => {
    const killed = new AbortController();
    const { ports, ssm } = fakePorts({
      send: [
        made(() => {
          killed.abort();
          return failure("aws-silent");
        }),
      ],
      find: ["c-1"],
    });
    expect(
      await sendCommand(ports, sending(), endingWith(killed.signal)),
    ).toEqual(found);
    expect(ssm.calls).toEqual(["send", "find"]);
  });
});
