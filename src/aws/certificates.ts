import { readFileSync, statSync } from "node:fs";
import { stateOf } from "./named-files.ts";

/** By file, as it was. */
const known = new Map<string, { state: string; text: string }>();

/** What a file of certificates holds: one string, however many ask for it, since a bundle has hundreds of kilobytes. Throws where it can't be read. */
export function readCertificates(file: string): string {
  const found = statSync(file);
  // a pipe is never read to its end
  if (!found.isFile()) throw new Error("no regular file");
  const state = stateOf(found);
  const last = known.get(file);
  if (last?.state === state) return last.text;
  const text = readFileSync(file, "utf8");
  known.set(file, { state, text });
  return text;
}
