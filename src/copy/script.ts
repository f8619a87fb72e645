import type { Destination, Piece, Way } from "./request.ts";
import * as unix from "./unix.ts";
import * as windows from "./windows.ts";

/** The text for a piece that others follow: keeps it on the node. */
export function composeStore(to: Destination, piece: Piece): string {
  return to.platform === "windows"
    ? windows.composeStore(to, piece)
    : unix.composeStore(to, piece);
}

/** The text for the last piece: joins them all, verifies what they are together, and puts it in its place. */
export function composeJoin(
  to: Destination,
  piece: Piece,
  content: { sha256: string; packing: "gzip" | "none" },
): string {
  return to.platform === "windows"
    ? windows.composeJoin(to, piece, content)
    : unix.composeJoin(to, piece, content);
}

/** The text that makes the node fetch an object, verify it, and put it in its place. */
export function composeFetch(
  to: Destination,
  way: Way,
  content: { sha256: string },
): string {
  return to.platform === "windows"
    ? windows.composeFetch(to, way, content)
    : unix.composeFetch(to, way, content);
}

/** The text that ends a copy of which something may be left on the node. */
export function composeRemove(to: Destination): string {
  return to.platform === "windows"
    ? windows.composeRemove(to)
    : unix.composeRemove(to);
}
