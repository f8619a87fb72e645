import { describe, expect, it } from "vitest";
import { followCommand } from "../../src/exec/follow.ts";
import { fakePorts, never } from "../support/ports.ts";
import { failure, made } from "../support/ssm.ts";

const command = { commandId: "c-1", instanceId: "i-1" };
const running = { status: "InProgress", responseCode: -1 };

/** Follows a command that ends `endsAfterMs` after its send. */
async function follow(endsAfterMs: number, random = 0.5) {
  let ended = false;
  const { ports, clock, ssm } = fakePorts({
    read: [made(() => (ended ? { status: "Success" } : running))],
  });
  const startedAt = clock.now();
  clock.at(endsAfterMs, () => (ended = true));
  const following = await followCommand(
    { ...ports, random: () => random },
    command,
    { limit: { untilEpochMs: Infinity } },
    never,
  );
  return {
    following,
    lateMs: clock.now() - startedAt - endsAfterMs,
    calls: ssm.calls.length,
  };
}

describe("following a command", () => {
  it.each([0, 0.5, 0.999])(
    "stays within 13 looks in 10 s and 79 in 5 minutes (chance %f)",
    async (random) => {
      expect((await follow(10_000, random)).calls).toBeLessThanOrEqual(14);
      expect((await follow(9_900, random)).calls).toBeLessThanOrEqual(13 + 1);
      expect((await follow(300_000, random)).calls).toBeLessThanOrEqual(80);
    },
  );

  it("notices the end of commands under 2 s within 300 ms in the median", async () => {
    const late = await Promise.all(
      Array.from({ length: 190 }, (_, i) => follow(100 + i * 10, i / 190)),
    );
    const sorted = late.map(({ lateMs }) => lateMs).toSorted((a, b) => a - b);
    expect(sorted[95]).toBeLessThanOrEqual(300);
  });

  it("notices the end of longer ones within 15 % of their time in the median, and never over 5 s", async () => {
    const shares: number[] = [];
    for (let ms = 2_000; ms < 600_000; ms *= 1.037) {
      const { lateMs } = await follow(ms, (ms % 97) / 97);
      expect(lateMs).toBeLessThan(5_000);
      shares.push(lateMs / ms);
    }
    shares.sort((a, b) => a - b);
    expect(shares[Math.floor(shares.length / 2)]).toBeLessThanOrEqual(0.15);
  });

  it("asks at once where news are waited for", async () => {
    const { ports, clock } = fakePorts({ read: [running, running, {}] });
    const startedAt = clock.now();
    const following = await followCommand(
      { ...ports, ssm: { ...ports.ssm, waitsForNews: true } },
      command,
      { limit: { untilEpochMs: Infinity } },
      never,
    );
    expect(following.kind).toBe("ended");
    expect(clock.now()).toBe(startedAt);
  });

  it("waits for a command that AWS does not show yet", async () => {
    const { ports } = fakePorts({
      read: [{ status: "NotVisible" }, { status: "NotVisible" }, {}],
    });
    const following = await followCommand(
      ports,
      command,
      { limit: { untilEpochMs: Infinity } },
      never,
    );
    expect(following.kind).toBe("ended");
  });

  it("rides out throttling, 5xx and silence", async () => {
    const { ports } = fakePorts({
      read: [
        ...Array.from({ length: 30 }, () => failure("aws-throttled")),
        ...Array.from({ length: 30 }, () => failure("aws-failing")),
        ...Array.from({ length: 30 }, () => failure("aws-silent")),
        { status: "Failed", responseCode: 3 },
      ],
    });
    expect(
      await followCommand(
        ports,
        command,
        { limit: { untilEpochMs: Infinity } },
        never,
      ),
    ).toMatchObject({ kind: "ended", invocation: { responseCode: 3 } });
  });

  it("ends at its own deadline, with what AWS said last", async () => {
    const { ports, clock } = fakePorts({ read: [{ status: "Pending" }] });
    const until = clock.now() + 700_000;
    expect(
      await followCommand(
        ports,
        command,
        { limit: { untilEpochMs: until } },
        never,
      ),
    ).toEqual({ kind: "overdue", status: "Pending", hasBegun: false });
    expect(clock.now()).toBe(until);
  });

  it("ends at its own deadline, with the failure if AWS did not answer", async () => {
    const { ports, clock } = fakePorts({ read: [failure("aws-throttled")] });
    expect(
      await followCommand(
        ports,
        command,
        { limit: { untilEpochMs: clock.now() + 60_000 } },
        never,
      ),
    ).toMatchObject({ kind: "overdue", failure: { code: "aws-throttled" } });
  });

  it("stops at once when the job is killed", async () => {
    const killed = new AbortController();
    const { ports, clock } = fakePorts({ read: [running] });
    const startedAt = clock.now();
    clock.at(5_000, () => killed.abort());
    expect(
      await followCommand(
        ports,
        command,
        { limit: { untilEpochMs: Infinity } },
        killed.signal,
      ),
    ).toEqual({ kind: "aborted", status: "InProgress" });
    expect(clock.now() - startedAt).toBe(5_000);
  });

  it("waits half a minute for credentials to be renewed, then says so", async () => {
    const renewed = fakePorts({
      read: [
        failure("credentials-invalid"),
        failure("credentials-invalid"),
        {},
      ],
    });
    const options = { limit: { untilEpochMs: Infinity } };
    expect(
      (await followCommand(renewed.ports, command, options, never)).kind,
    ).toBe("ended");
    const gone = fakePorts({ read: [failure("credentials-invalid")] });
    await expect(
      followCommand(gone.ports, command, options, never),
    ).rejects.toMatchObject({
      code: "credentials-invalid",
      message: expect.stringContaining("goes on on the node"),
    });
  });

  it("takes a command that stays Cancelling for cancelled: the node's queue has dropped it", async () => {
    const { ports } = fakePorts({ read: [{ status: "Cancelling" }] });
    expect(
      await followCommand(
        ports,
        command,
        { limit: { untilEpochMs: Infinity } },
        never,
      ),
    ).toMatchObject({ kind: "ended", invocation: { status: "Cancelled" } });
  });

  it("gives up a command that AWS accepted and never shows", async () => {
    const { ports } = fakePorts({ read: [{ status: "NotVisible" }] });
    await expect(
      followCommand(
        ports,
        command,
        { limit: { untilEpochMs: Infinity } },
        never,
      ),
    ).rejects.toMatchObject({ code: "aws-failing" });
  });

  it("passes a denied look on at once", async () => {
    const { ports } = fakePorts({ read: [failure("access-denied")] });
    await expect(
      followCommand(
        ports,
        command,
        { limit: { untilEpochMs: Infinity } },
        never,
      ),
    ).rejects.toMatchObject({ code: "access-denied" });
  });
});
