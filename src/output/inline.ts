import type { Ended } from "../command/runner/report.ts";
import {
  countPages,
  readFirstPage,
  readPage,
  readPlain,
  unpack,
} from "./packed.ts";
import type { Captured, Reply } from "./packed.ts";

/** Fetches page `page` (from 1) of a packed output; `last` also removes it from the node. */
export type FetchPage = (page: number, last: boolean) => Promise<Reply>;

/**
 * The output that a runner's reply holds, or whose first page it holds; further pages are fetched a few at once, the
 * one that removes them last. Throws `output-incomplete` if it is not to the byte what the command wrote.
 */
export async function fetchInline(
  report: Ended,
  reply: Reply,
  fetchPage: FetchPage,
): Promise<Captured> {
  switch (report.delivery.kind) {
    case "plain":
      return readPlain(report, reply);
    case "live":
      return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    case "packed": {
      const { packBytes } = report.delivery;
      const pages = [readFirstPage(packBytes, reply)];
      const count = countPages(packBytes);
      const fetch = async (page: number, last: boolean) => {
        const further = await fetchPage(page, last);
        pages[page] = readPage(packBytes, page, further);
      };
      await inTurns(1, count - 1, (page) => fetch(page, false));
      if (count > 1) await fetch(count - 1, true);
      return unpack(report, pages);
    }
  }
}

/** An agent runs five commands at once, and others want some of them. Source: SSM agent 3.3, observed. */
const atOnce = 3;

/** Works on the numbers from `from` to before `end`, a few at once. Throws the first failure, when all that had begun have ended. */
async function inTurns(
  from: number,
  end: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = from;
  const worker = async () => {
    while (next < end) {
      const number = next;
      next += 1;
      await work(number);
    }
  };
  const works = Array.from({ length: Math.min(atOnce, end - from) }, () =>
    worker().catch((error: unknown) => {
      next = end;
      throw error;
    }),
  );
  for (const { status, ...result } of await Promise.allSettled(works))
    if (status === "rejected" && "reason" in result) throw result.reason;
}
