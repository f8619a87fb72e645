import { describe, expect, it } from "vitest";
import { logPauseMs, strainAfter } from "../../src/output/log-pace.ts";

const latest = 0.999_999;
const pause = (quietMs: number, strain = 0) =>
  logPauseMs({ likely: true, quietMs, strain }, latest);

/** How many looks in `ms` without any news. */
function looksIn(ms: number, likely: boolean): number {
  let looks = 0;
  for (let at = 0; at < ms; looks += 1)
    at += logPauseMs({ likely, quietMs: at, strain: 0 }, 0.5);
  return looks;
}

describe("how often a log stream is looked at", () => {
  it("is once a second while it brings something", () => {
    expect(pause(0)).toBeLessThanOrEqual(1_000);
    expect(pause(2_000)).toBeLessThanOrEqual(1_000);
  });

  it("is seldom when it is quiet, and the first line thereafter comes within five seconds", () => {
    expect(pause(3_600_000)).toBeGreaterThan(4_000);
    expect(pause(3_600_000)).toBeLessThanOrEqual(5_000);
    expect(looksIn(3_600_000, true)).toBeLessThan(850);
  });

  it("is more seldom for a stream that may never be there", () => {
    expect(looksIn(10_000, false)).toBeLessThanOrEqual(8);
    expect(looksIn(3_600_000, false)).toBeLessThan(550);
  });

  it("is brisk at the end, since only AWS's own delay is left", () => {
    expect(
      logPauseMs(
        { likely: true, quietMs: 3_600_000, overMs: 0, strain: 0 },
        latest,
      ),
    ).toBeLessThanOrEqual(300);
  });

  it("slows down when AWS throttles, and quickens only as answers come", () => {
    let strain = 0;
    for (let i = 0; i < 10; i += 1) strain = strainAfter(strain, "failure");
    expect(pause(0, strain)).toBeGreaterThan(10_000);
    expect(pause(0, strain)).toBeLessThanOrEqual(20_000);
    strain = strainAfter(strain, "answer");
    expect(pause(0, strain)).toBeGreaterThan(5_000);
    for (let i = 0; i < 20; i += 1) strain = strainAfter(strain, "answer");
    expect(pause(0, strain)).toBeLessThanOrEqual(1_000);
  });

  it("is spread over time where many runs are throttled", () => {
    const state = { likely: true, quietMs: 0, strain: 4 };
    expect(logPauseMs(state, 0)).toBeLessThan(0.6 * logPauseMs(state, latest));
  });
});
