import type { Log } from "../kernel/log.ts";
import { oneLine } from "./exit.ts";

/** Notes on stderr, each text once. */
export function openLog(write: (line: string) => void): Log {
  const said = new Set<string>();
  return {
    note(text) {
      if (said.has(text)) return;
      said.add(text);
      write(`rundeck-ssm: note: ${oneLine(text)}\n`);
    },
  };
}
