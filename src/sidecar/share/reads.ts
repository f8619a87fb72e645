import type { Call } from "../../aws/companions.ts";
import type { CommandOnNode, Invocation } from "../../aws/ssm.ts";
import type { Durations } from "./durations.ts";
import { openWatch } from "./watch.ts";
import type { Watch } from "./watch.ts";
import type { SentRun } from "./sends.ts";
import type { WatchPorts } from "./watch-state.ts";

/** A run that is still there asks every few seconds; a command of which nobody has asked for so long is nobody's any more. */
const forgottenMs = 15 * 60_000;

export type Reads = {
  /** A command was accepted, now. */
  note(command: {
    commandId: string;
    instanceIds: readonly string[];
    run: SentRun;
  }): void;
  read(command: CommandOnNode, call: Call): Promise<Invocation>;
  /** A command's end was asked for. */
  hurry(commandId: string): void;
};

export function openReads(ports: WatchPorts, durations: Durations): Reads {
  const { clock } = ports;
  const watches = new Map<string, Watch>();
  const forgetOld = () => {
    const now = clock.now();
    for (const [id, watch] of watches)
      if (now - watch.lastReadAtEpochMs() > forgottenMs) watches.delete(id);
  };
  const openUnknown = (commandId: string, instanceId: string): Watch => {
    const instanceIds = [instanceId];
    const watch = openWatch(ports, { commandId, instanceIds });
    watches.set(commandId, watch);
    return watch;
  };
  return {
    note: ({ commandId, instanceIds, run: { runId, workKey } }) => {
      forgetOld();
      const seenMs =
        workKey === undefined ? undefined : durations.last(workKey);
      const watch = openWatch(ports, {
        commandId,
        instanceIds,
        runId,
        sentAtEpochMs: clock.now(),
        ...(seenMs === undefined ? {} : { seenMs }),
        onEnd: (tookMs) => {
          if (workKey !== undefined) durations.note(workKey, tookMs);
        },
      });
      watches.set(commandId, watch);
    },
    read: async ({ commandId, instanceId, plugin }, call) => {
      const watch =
        watches.get(commandId) ?? openUnknown(commandId, instanceId);
      try {
        return await watch.read(instanceId, plugin, call);
      } finally {
        if (watch.isOver() && watches.get(commandId) === watch)
          watches.delete(commandId);
      }
    },
    hurry: (commandId) => watches.get(commandId)?.hurry(),
  };
}
