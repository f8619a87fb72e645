import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { direct } from "./contenders.ts";
import { copier } from "./copying.ts";
import type { Copying } from "./copying.ts";
import { formatTable, judge, median } from "./figures.ts";
import { measure } from "./measure.ts";

/** A script of 4 kB is copied as fast as a command is run: it takes one send, too. */
export async function benchScript(
  { surroundings, instanceId, folder }: Copying,
  rounds: number,
): Promise<string> {
  const file = path.join(folder, "script.sh");
  const to = path.join(folder, "scripts");
  await mkdir(to);
  await writeFile(file, scriptText());
  const copy = copier(file, to);
  const request = { instanceId, command: "true", exitCode: 0 };
  const times: { copyMs: number; commandMs: number }[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const copied = await measure(copy, surroundings, request);
    const ran = await measure(direct, surroundings, request);
    // the first of each fills V8's caches
    if (round >= 0)
      times.push({ copyMs: copied.wallMs, commandMs: ran.wallMs });
  }
  const ratio = median(times.map((it) => it.copyMs / it.commandMs));
  return [
    `A script of 4 kB, medians of ${rounds} interleaved rounds`,
    formatTable([
      ["", "wall ms"],
      ["copy", median(times.map((it) => it.copyMs)).toFixed(0)],
      ["command", median(times.map((it) => it.commandMs)).toFixed(0)],
    ]),
    judge("a copy's time against a command's:", ratio, 1.3),
  ].join("\n");
}

/** Lines that differ, as a script's do. */
function scriptText(): string {
  const lines = Array.from(
    { length: 80 },
    (_, i) => `printf '%s\\n' "step ${i} of ${(i * 7919) % 977}" >>"$log"\n`,
  );
  return `#!/bin/sh\n${lines.join("")}`.slice(0, 4_000);
}
