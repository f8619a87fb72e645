import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pollDelayMs } from "../../src/exec/backoff.ts";

/** When a run of `lastsMs` is looked at, in ms after its send, if AWS answers at once. */
function looks(lastsMs: number, random: () => number): number[] {
  const at: number[] = [];
  for (let t = pollDelayMs(0, random()); t < lastsMs;) {
    at.push(t);
    t += pollDelayMs(t, random());
  }
  return at;
}

const chances = fc.infiniteStream(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
);
const draw = (stream: IterableIterator<number>) => () =>
  stream.next().value ?? 0;

describe("looks at a running command", () => {
  it("are at most 13 in 10 s and 79 in 5 minutes, which leaves the send", () => {
    fc.assert(
      fc.property(chances, (stream) => {
        const at = looks(300_000, draw(stream));
        expect(at.filter((t) => t <= 10_000).length).toBeLessThanOrEqual(13);
        expect(at.length).toBeLessThanOrEqual(79);
      }),
    );
    // the shortest pauses of all
    expect(looks(10_000, () => 0)).toHaveLength(13);
    expect(looks(300_000, () => 0).length).toBeLessThanOrEqual(79);
  });

  it.each([
    [1_000, 300],
    [2_000, 300],
    [5_000, 750],
    [10_000, 1_500],
    [60_000, 5_000],
  ])(
    "see the end of commands of about %i ms %i ms later or sooner, in the median",
    (lengthMs, limitMs) => {
      const lags = Array.from({ length: 401 }, (_, i) => {
        const endMs = lengthMs * (0.8 + i / 1_000);
        const seen = looks(2 * lengthMs + 5_000, () => 0.5);
        return (seen.find((t) => t >= endMs) ?? Infinity) - endMs;
      }).toSorted((a, b) => a - b);
      expect(lags[200]).toBeLessThanOrEqual(limitMs);
      expect(lags.at(-1)).toBeLessThanOrEqual(5_000);
    },
  );
});
