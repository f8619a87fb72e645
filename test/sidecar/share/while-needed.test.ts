import { expect, it } from "vitest";
import { whileNeeded } from "../../../src/sidecar/share/while-needed.ts";
import { virtualClock } from "../../support/virtual-clock.ts";

it("a request in the queue leaves it soon after nobody needs it any more, and has no answer", async () => {
  const clock = virtualClock();
  const queued = (early: AbortSignal) =>
    new Promise<string>((_, reject) => {
      early.addEventListener("abort", () => reject(early.reason));
    });
  const isNeeded = () => clock.passedMs() < 10_000;
  expect(await clock.run(whileNeeded(clock, isNeeded, queued))).toBeUndefined();
  expect(clock.passedMs()).toBeGreaterThanOrEqual(10_000);
  expect(clock.passedMs()).toBeLessThanOrEqual(13_000);
});

it("a request that has been written is waited for, and its failure is told", async () => {
  const clock = virtualClock();
  const written = async () => {
    await clock.sleep(20_000);
    throw new Error("refused");
  };
  const asked = whileNeeded(clock, () => false, written);
  await expect(clock.run(asked)).rejects.toThrow("refused");
});
