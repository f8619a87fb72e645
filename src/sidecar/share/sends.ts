import type { Call } from "../../aws/companions.ts";
import type { RunCommand } from "../../aws/run-command.ts";
import type { CommandOnNode, SendRequest } from "../../aws/ssm.ts";
import type { Clock } from "../../kernel/clock.ts";
import { joinBatch, openBatch } from "./send-batch.ts";
import type { Batch } from "./send-batch.ts";
import { largestGroup, windowLeftMs } from "./window.ts";

/** `workKey` stands for what it does; absent: nothing else does the same. */
export type SentRun = { runId: string; workKey?: string };

/** A send, and what is known of its run beyond the request. */
export type Sending = {
  request: SendRequest;
  run: SentRun;
  /** So many may come now, this one among them; nobody else can. */
  threads: number;
};

export type SendEvents = {
  /** A request is about to be made. */
  onTaken: (run: SentRun, instanceIds: readonly string[]) => void;
  onAccepted: (
    run: SentRun,
    commandId: string,
    instanceIds: readonly string[],
  ) => void;
};

/** A group of equal sends that waits for more of them, or for its turn. */
type Group = {
  batch: Batch;
  run: SentRun;
  threads: number;
  firstAtEpochMs: number;
  lastAtEpochMs: number;
  /** Ends the waiting for more. */
  full: AbortController;
};

export type Sends = {
  send(sending: Sending, call: Call): Promise<CommandOnNode>;
  /** A group of this run id is still to be sent. */
  isHeld(runId: string): boolean;
};

/** Groups sends whose requests are equal but for the node. A group takes members until its request is made. */
export function openSends(
  client: Pick<RunCommand, "sendTo">,
  clock: Clock,
  events: SendEvents,
): Sends {
  const groups = new Map<string, Group>();
  const open = (key: string, { request, run, threads }: Sending): Group => {
    const group: Group = {
      run,
      threads,
      firstAtEpochMs: clock.now(),
      lastAtEpochMs: clock.now(),
      full: new AbortController(),
      batch: openBatch({
        client,
        request,
        events: {
          onTaken: (ids) => {
            if (groups.get(key) === group) groups.delete(key);
            events.onTaken(run, ids);
          },
          onAccepted: (commandId, ids) =>
            events.onAccepted(run, commandId, ids),
        },
      }),
    };
    groups.set(key, group);
    void hold(group, clock)
      .then(() => group.batch.send())
      .finally(() => {
        if (groups.get(key) === group) groups.delete(key);
      });
    return group;
  };
  return {
    send: (sending, call) =>
      new Promise((resolve, reject) => {
        const { request, threads } = sending;
        const { instanceId } = request;
        const key = JSON.stringify({ ...request, instanceId: "" });
        const member = { instanceId, call, resolve, reject };
        const held = groups.get(key);
        const group =
          held && takes(held, instanceId) ? held : open(key, sending);
        joinBatch(group.batch, member);
        group.lastAtEpochMs = clock.now();
        // commands that have ended meanwhile let more come
        group.threads = threads;
        if (leftMs(group, clock) === 0) group.full.abort();
      }),
    isHeld: (runId) =>
      [...groups.values()].some(({ run }) => run.runId === runId),
  };
}

function takes({ batch }: Group, instanceId: string): boolean {
  return (
    !batch.isDeserted() && batch.size() < largestGroup && !batch.has(instanceId)
  );
}

function leftMs(group: Group, clock: Clock): number {
  return windowLeftMs({
    ...group,
    members: group.batch.size(),
    nowEpochMs: clock.now(),
  });
}

/** Waits for more of the same. */
async function hold(group: Group, clock: Clock): Promise<void> {
  for (;;) {
    const left = group.full.signal.aborted ? 0 : leftMs(group, clock);
    if (left === 0) return;
    await clock.sleep(left, group.full.signal);
  }
}
