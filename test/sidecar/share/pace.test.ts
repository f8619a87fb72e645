import { describe, expect, it } from "vitest";
import {
  estimateTookMs,
  sharedPollDelayMs,
} from "../../../src/sidecar/share/pace.ts";
import type { Expectation } from "../../../src/sidecar/share/pace.ts";

/** When looks are made at a command, in ms since its send, up to `untilMs`. */
function looksUntil(
  untilMs: number,
  known: Omit<Expectation, "sinceSentMs" | "isHurried">,
): number[] {
  const looks: number[] = [];
  for (let at = 0; ;) {
    at += sharedPollDelayMs(
      { ...known, sinceSentMs: at, isHurried: false },
      0.5,
    );
    if (at > untilMs) return looks;
    looks.push(at);
  }
}

describe("looks at a command that many wait for", () => {
  it("are more often than for one in the first half minute, where nothing is known of it", () => {
    const [one = [], many = []] = [1, 50].map((waiting) =>
      looksUntil(60_000, { waiting }),
    );
    const within = (looks: number[], from: number, to: number) =>
      looks.filter((at) => at > from && at <= to).length;
    expect(within(many, 0, 3_000)).toBe(within(one, 0, 3_000));
    expect(within(many, 0, 10_000)).toBeLessThanOrEqual(22);
    expect(within(many, 6_000, 30_000)).toBeGreaterThan(
      within(one, 6_000, 30_000) * 2,
    );
    expect(
      within(many, 36_000, 60_000) - within(one, 36_000, 60_000),
    ).toBeLessThanOrEqual(1);
  });

  it.for([
    { waiting: 1, everyMs: 500 },
    { waiting: 50, everyMs: 250 },
  ])(
    "begin where the same ended the last time, and are often then: $waiting",
    ({ waiting, everyMs }) => {
      const looks = looksUntil(8_000, { waiting, seenMs: 5_500 });
      expect(looks[0]).toBeCloseTo(5_250, 0);
      const pauses = looks.slice(1).map((at, i) => at - (looks[i] ?? 0));
      expect(pauses).toEqual(pauses.map(() => everyMs));
      expect(pauses.length).toBeGreaterThan(3);
    },
  );

  it("begin a tenth sooner at most for what was short", () => {
    const [first] = looksUntil(1_500, { waiting: 50, seenMs: 1_000 });
    expect(first).toBeCloseTo(900, 0);
  });

  it("do not become many for what takes hours", () => {
    const hour = 3_600_000;
    const near = looksUntil(1.2 * hour, { waiting: 50, seenMs: hour }).filter(
      (at) => at > 0.89 * hour,
    );
    // every 5 s, as ever
    expect(near.length).toBeLessThan((0.31 * hour) / 2_300);
  });
});

describe("how long a command took", () => {
  it("lies between the look that saw its end and the one before", () => {
    expect(estimateTookMs(6_600, 5_250)).toBe(5_925);
  });

  it("is less than what the first look of all saw", () => {
    expect(estimateTookMs(5_000, undefined)).toBe(4_500);
  });
});
