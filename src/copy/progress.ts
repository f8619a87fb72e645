import type { StagePorts } from "./ports.ts";

/** An upload that takes no longer than this is nobody's concern. */
const firstAfterMs = 15_000;
const everyMs = 30_000;

/** Tells now and then how far an upload is. The answer takes the bytes that have been added. */
export function openProgress(
  { clock, log }: Pick<StagePorts, "clock" | "log">,
  { target, ofBytes }: { target: string; ofBytes: number },
): (bytes: number) => void {
  let done = 0;
  let nextAt = clock.now() + firstAfterMs;
  return (bytes) => {
    done += bytes;
    if (clock.now() < nextAt || done >= ofBytes) return;
    nextAt = clock.now() + everyMs;
    const percent = Math.floor((done / ofBytes) * 100);
    log.note(
      `${target}: uploaded ${percent} % of ${Math.round(ofBytes / 1e6)} MB`,
    );
  };
}
