import { cpSync } from "node:fs";

/** Copies the built plugin, but for V8's caches: other tests' runs make these at any moment, under one name and then another. */
export function copyContents(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    filter: (file) => !/\.cache(?:\.\d+)?$/.test(file),
  });
}
