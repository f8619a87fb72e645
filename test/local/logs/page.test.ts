import { array, assert, integer, property } from "fast-check";
import { expect, it } from "vitest";
import { readPage } from "../../../src/local/logs/page.ts";
import {
  insertEvent,
  type LogEvent,
  type LogStream,
} from "../../../src/local/logs/store.ts";

const arrivals = array(integer({ min: 1, max: 20 }), { maxLength: 60 });

function streamOf(timestamps: number[]): LogStream {
  const stream: LogStream = { name: "s", createdMs: 0, events: [] };
  for (const [index, timestampMs] of timestamps.entries())
    insertEvent(stream, {
      timestampMs,
      ingestedMs: 0,
      sequence: index + 1,
      message: `m${index + 1}`,
    });
  return stream;
}

/** Follows one direction's tokens until one comes back unchanged, as clients do. */
function readAll(
  { events }: LogStream,
  limit: number,
  direction: "nextForwardToken" | "nextBackwardToken",
): LogEvent[][] {
  const pages: LogEvent[][] = [];
  const startFromHead = direction === "nextForwardToken";
  let nextToken: string | undefined;
  for (;;) {
    const page = readPage({ events, limit, startFromHead, nextToken });
    if (page[direction] === nextToken) return pages;
    pages.push(page.events);
    nextToken = page[direction];
  }
}

it("read forward in pages of any size, every event comes once, by time and then by arrival", () => {
  assert(
    property(arrivals, integer({ min: 1, max: 7 }), (timestamps, limit) => {
      const pages = readAll(streamOf(timestamps), limit, "nextForwardToken");
      const expected = timestamps
        .map((timestampMs, index) => ({ timestampMs, sequence: index + 1 }))
        .toSorted((a, b) => a.timestampMs - b.timestampMs);
      expect(
        pages
          .flat()
          .map(({ timestampMs, sequence }) => ({ timestampMs, sequence })),
      ).toEqual(expected);
    }),
  );
});

it("read backward, the pages are the same events from the other end", () => {
  assert(
    property(arrivals, integer({ min: 1, max: 7 }), (timestamps, limit) => {
      const stream = streamOf(timestamps);
      const pages = readAll(stream, limit, "nextBackwardToken");
      expect(pages.toReversed().flat()).toEqual(stream.events);
    }),
  );
});
