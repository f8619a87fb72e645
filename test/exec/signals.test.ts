import { expect, it } from "vitest";
import { endOfPatience } from "../../src/exec/signals.ts";
import { virtualClock } from "../support/virtual-clock.ts";

/** Seconds after a kill at which the clearing away is given up. */
function givenUpAfter(isAwaited: () => boolean): Promise<number> {
  const clock = virtualClock();
  const kill = new AbortController();
  const last = endOfPatience({ clock }, kill.signal, isAwaited);
  const ended = new Promise<number>((resolve) =>
    last.addEventListener("abort", () => resolve(clock.passedMs())),
  );
  return clock.run(
    (async () => {
      await clock.sleep(100_000);
      expect(last.aborted).toBe(false);
      const killedAtMs = clock.passedMs();
      kill.abort("closed");
      return ((await ended) - killedAtMs) / 1_000;
    })(),
  );
}

it("nobody waits long for the end of a command that was killed", async () => {
  expect(await givenUpAfter(() => true)).toBe(13);
});

it("a command whose client is gone is cleared away for longer", async () => {
  expect(await givenUpAfter(() => false)).toBe(90);
});
