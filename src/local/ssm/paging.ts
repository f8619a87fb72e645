import { AwsFault } from "../protocol.ts";

/** Splits a list into pages. The token names the last item's position, so that items which are added before it shift nothing. */
export function takePage<T>(
  items: readonly T[],
  position: (item: T) => string,
  { token, size }: { token: string | undefined; size: number },
): { page: T[]; nextToken?: string } {
  const from = token === undefined ? 0 : startAfter(items, position, token);
  const page = items.slice(from, from + size);
  const last = page.at(-1);
  return last !== undefined && from + size < items.length
    ? { page, nextToken: encode(position(last)) }
    : { page };
}

function startAfter<T>(
  items: readonly T[],
  position: (item: T) => string,
  token: string,
): number {
  const at = items.findIndex((item) => encode(position(item)) === token);
  if (at < 0)
    throw new AwsFault("InvalidNextToken", "The specified token is not valid.");
  return at + 1;
}

function encode(position: string): string {
  return Buffer.from(position).toString("base64url");
}
