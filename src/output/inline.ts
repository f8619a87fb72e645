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
 * The output that a runner's reply holds, or whose first page it holds; further pages are fetched one after the other, the
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
      for (let page = 1; page < count; page += 1) {
        const further = await fetchPage(page, page === count - 1);
        pages.push(readPage(packBytes, page, further));
      }
      return unpack(report, pages);
    }
  }
}
