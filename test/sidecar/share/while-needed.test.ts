import { expect, it } from "vitest";
import { whileNeeded } from "../../../src/sidecar/share/while-needed.ts";
import type { Limits } from "../../../src/sidecar/share/while-needed.ts";
import { virtualClock } from "../../support/virtual-clock.ts";

const never = () => false;
const always = () => true;

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

it("a request in the queue leaves it soon after nobody needs it any more, and has no answer", async () => {
  const clock = virtualClock();
  const queued = ({ early }: Limits) => untilAborted(early);
  const isNeeded = () => clock.passedMs() < 10_000;
  const asked = whileNeeded(clock, { isNeeded, isUrgent: always }, queued);
  expect(await clock.run(asked)).toBeUndefined();
  expect(clock.passedMs()).toBeGreaterThanOrEqual(10_000);
  expect(clock.passedMs()).toBeLessThanOrEqual(13_000);
});

it("a request that has been written is waited for, and its failure is told", async () => {
  const clock = virtualClock();
  const written = async () => {
    await clock.sleep(20_000);
    throw new Error("refused");
  };
  const need = { isNeeded: never, isUrgent: never };
  const asked = whileNeeded(clock, need, written);
  await expect(clock.run(asked)).rejects.toThrow("refused");
});

it("a request that AWS does not answer is made anew for whoever is in a hurry, and then waited for longer", async () => {
  const clock = virtualClock();
  const askedAtMs: number[] = [];
  const answered = async ({ signal, onTurn }: Limits) => {
    onTurn();
    if (askedAtMs.push(clock.passedMs()) < 3) return untilAborted(signal);
    return "answer";
  };
  // nobody is at first
  const isUrgent = () => clock.passedMs() >= 8_000;
  const asked = whileNeeded(clock, { isNeeded: always, isUrgent }, answered);
  expect(await clock.run(asked)).toBe("answer");
  expect(askedAtMs).toEqual([0, 8_000, 14_000]);
});

it("a request that waits for its turn is not made anew: it would lose its place", async () => {
  const clock = virtualClock();
  let count = 0;
  const queued = async ({ onTurn }: Limits) => {
    count += 1;
    await clock.sleep(60_000);
    onTurn();
    await clock.sleep(2_000);
    return "answer";
  };
  const need = { isNeeded: always, isUrgent: always };
  expect(await clock.run(whileNeeded(clock, need, queued))).toBe("answer");
  expect(count).toBe(1);
});
