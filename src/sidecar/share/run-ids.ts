import { createHash } from "node:crypto";
import type { NewRun } from "../../aws/ssm.ts";
import type { Clock } from "../../kernel/clock.ts";
import { largestGroup, longestWindowMs } from "./window.ts";

/** Names runs so that those that may go into one request have one name. */
export type RunIds = {
  name(run: NewRun): NamedRun;
  /** A request with this name is about to be written: nobody else gets it. */
  close(runId: string): void;
};

/** `workKey` stands for all that a run does, but for its node and name. */
export type NamedRun = { runId: string; workKey: string };

type Open = NamedRun & { instanceIds: Set<string>; namedAtEpochMs: number };

/** `isHeld`: whether a group of this name waits to be sent. */
export function openRunIds(
  clock: Clock,
  newId: () => string,
  isHeld: (runId: string) => boolean,
): RunIds {
  const byWork = new Map<string, Open>();
  const byId = new Map<string, Open>();
  const forget = (open: Open) => {
    byId.delete(open.runId);
    if (byWork.get(open.workKey) === open) byWork.delete(open.workKey);
  };
  const isOpen = (open: Open) =>
    isHeld(open.runId) || clock.now() - open.namedAtEpochMs < longestWindowMs;
  return {
    name: ({ instanceId, work }) => {
      const workKey = createHash("sha256").update(work()).digest("base64");
      let open = byWork.get(workKey);
      const isFree =
        open !== undefined &&
        isOpen(open) &&
        open.instanceIds.size < largestGroup &&
        !open.instanceIds.has(instanceId);
      if (!open || !isFree) {
        for (const old of byId.values()) if (!isOpen(old)) forget(old);
        open = {
          runId: newId(),
          workKey,
          instanceIds: new Set(),
          namedAtEpochMs: clock.now(),
        };
        byWork.set(workKey, open);
        byId.set(open.runId, open);
      }
      open.instanceIds.add(instanceId);
      return { runId: open.runId, workKey };
    },
    close: (runId) => {
      const open = byId.get(runId);
      if (open) forget(open);
    },
  };
}
