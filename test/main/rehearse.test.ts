import { expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { rehearse } from "../../src/main/rehearse.ts";

it("a rehearsal comes as far as AWS, which refuses it", async () => {
  // EX_NOPERM, which is for what AWS denies
  expect(await rehearse(systemClock())).toBe(77);
});
