import * as unix from "./unix.ts";
import * as windows from "./windows.ts";

/** Where on a node a file shall go, and as what. */
export type Destination = {
  platform: "unix" | "windows";
  /** As the user wrote it. */
  path: string;
  /** The file's own name, for a destination that is a folder. */
  fileName: string;
  /** The user whom the file will belong to. */
  runAs?: string;
  /** Octal, four digits. */
  fileMode: string;
  /** 24 hex digits: the name of the private files on the node. Unguessable. */
  copyId: string;
};

/** A part of a file's content, as it goes into a command. */
export type Piece = { number: number; of: number; base64: string };

/** How a node gets at an object. */
export type Way =
  /** With its own role, by the AWS CLI or what else it has. */
  | { kind: "role"; bucket: string; key: string; region: string }
  /** By a presigned URL. */
  | { kind: "link"; url: string }
  /** The SSM agent has fetched it into the working directory, under this name. */
  | { kind: "agent"; object: string };

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
