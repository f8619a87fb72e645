import type { Call } from "../../aws/companions.ts";
import type { RunCommand } from "../../aws/run-command.ts";
import type { CommandOnNode, SendRequest } from "../../aws/ssm.ts";
import { callOfAll, toldTo } from "./joint-call.ts";
import { splitRefused } from "./split.ts";

/** One of those whose sends are one request. */
export type Member = {
  instanceId: string;
  call: Call;
  resolve: (command: CommandOnNode) => void;
  reject: (reason: unknown) => void;
};

export type BatchEvents = {
  /** Who is in the request is settled: it is about to be made. */
  onTaken: (instanceIds: readonly string[]) => void;
  onAccepted: (commandId: string, instanceIds: readonly string[]) => void;
};

/** The sends that one request is for. */
export type Batch = {
  /** Adds one; possible until the request is made. */
  add(member: Member): void;
  has(instanceId: string): boolean;
  size(): number;
  /** Everybody has left while it waited for its turn: it takes nobody any more. */
  isDeserted(): boolean;
  /** Makes the request, and tells each the answer. */
  send(): Promise<void>;
};

/** What every request of a group has in common. */
export type BatchPlan = {
  client: Pick<RunCommand, "sendTo">;
  request: SendRequest;
  events: BatchEvents;
};

/** Why a request ends of which nothing was written: for the sake of those who leave it. */
const unwritten = new Error("made anew without some of its nodes");

/**
 * Whoever leaves before the request is made is not in it; whoever leaves before it is written ends it, and it is made anew for the others. A
 * refusal that may be for some of them is narrowed down to these.
 */
export function openBatch(plan: BatchPlan): Batch {
  const members = new Map<string, Member & { release: () => void }>();
  const early = new AbortController();
  const ending = new AbortController();
  let isSending = false;
  let asked: readonly string[] | undefined;
  const calls = () => [...members.values()].map(({ call }) => call);
  const remove = ({ instanceId }: Member) => {
    members.get(instanceId)?.release();
    members.delete(instanceId);
  };
  /** A signal of the member's has fired: it leaves the request or, where this may have been written, the waiting for it. */
  const drop = (member: Member, reason: unknown) => {
    const { signal, onSent } = member.call;
    if (asked && !signal.aborted) return early.abort(unwritten);
    if (asked) onSent?.();
    remove(member);
    member.reject(reason);
    if (members.size === 0 && isSending) ending.abort(reason);
  };
  const take = () => {
    asked = [...members.keys()];
    plan.events.onTaken(asked);
    return asked;
  };
  const accept = (commandId: string) => {
    plan.events.onAccepted(commandId, asked ?? []);
    for (const member of members.values()) {
      remove(member);
      member.resolve({ commandId, instanceId: member.instanceId });
    }
  };
  const fail = async (error: unknown) => {
    const waiting = [...members.keys()];
    const parts =
      error === unwritten
        ? [waiting]
        : splitRefused(asked ?? [], waiting, error);
    const left = [...members.values()];
    for (const member of left) remove(member);
    if (parts) return sendAnew(plan, left, parts);
    for (const { call, reject } of left) reject(toldTo(call.subject, error));
  };
  return {
    add: (member) => {
      const release = listen(member.call, (reason) => drop(member, reason));
      members.set(member.instanceId, { ...member, release });
    },
    has: (instanceId) => members.has(instanceId),
    size: () => members.size,
    isDeserted: () => ending.signal.aborted,
    send: async () => {
      if (members.size === 0) return;
      isSending = true;
      const call = { ...callOfAll(calls, ending.signal), early: early.signal };
      await plan.client.sendTo(take, plan.request, call).then(accept, fail);
    },
  };
}

/** Those who have meanwhile been ended are told so, and are in no further request. */
async function sendAnew(
  plan: BatchPlan,
  members: readonly Member[],
  parts: readonly (readonly string[])[],
): Promise<void> {
  const batches = parts.map((ids) => {
    const batch = openBatch(plan);
    for (const member of members)
      if (ids.includes(member.instanceId)) joinBatch(batch, member);
    return batch;
  });
  await Promise.all(batches.map((batch) => batch.send()));
}

/** Adds a member, unless its signals have ended it already. */
export function joinBatch(batch: Batch, member: Member): void {
  const { signal, early = signal } = member.call;
  const aborted = [signal, early].find((end) => end.aborted);
  if (aborted) member.reject(aborted.reason);
  else batch.add(member);
}

/** Tells when one of the call's signals fires. Answers how to end the listening. */
function listen(
  { signal, early = signal }: Call,
  tell: (reason: unknown) => void,
): () => void {
  const removals = [...new Set([signal, early])].map((end) => {
    const listener = () => tell(end.reason);
    end.addEventListener("abort", listener);
    return () => end.removeEventListener("abort", listener);
  });
  return () => {
    for (const remove of removals) remove();
  };
}
