import type { Call } from "../../aws/companions.ts";
import type { RunCommand } from "../../aws/run-command.ts";
import type { Invocation } from "../../aws/ssm.ts";
import { retryDelayMs } from "../../exec/backoff.ts";
import { isFinal } from "../../exec/follow.ts";
import type { Clock } from "../../kernel/clock.ts";
import { isAnyUrgent } from "./joint-call.ts";
import { estimateTookMs, onTick, sharedPollDelayMs } from "./pace.ts";
import { openWatchedNode } from "./watched-node.ts";
import type { WatchedNode } from "./watched-node.ts";

/** What watching works with, for all commands of a client. */
export type WatchPorts = {
  client: Pick<RunCommand, "read" | "list">;
  clock: Clock;
  random: () => number;
  /** The credentials may not list: found out once. */
  lists: { isDenied: boolean };
};

/** What is known of a command when it is first watched. */
export type WatchedCommand = {
  commandId: string;
  instanceIds: readonly string[];
  runId?: string;
  /** Absent: another process's, of which nothing is known; it is looked at at once. */
  sentAtEpochMs?: number;
  /** How long the same took the last time. */
  seenMs?: number;
  /** The first end on a node, about so long after the send. */
  onEnd?: (tookMs: number) => void;
};

export type WatchState = {
  ports: WatchPorts;
  command: WatchedCommand;
  nodes: Map<string, WatchedNode>;
  /** It went to several nodes, so that one list answers for all. */
  isShared: boolean;
  sentAtEpochMs: number;
  lookedAtEpochMs: number;
  /** Drawn for each look: where in its range the next pause lies. */
  chance: number;
  failures: number;
  hurriedUntilEpochMs: number;
  lastReadAtEpochMs: number;
  /** The last look that was answered, and the one before. */
  answeredAtEpochMs: number | undefined;
  answeredBeforeEpochMs: number | undefined;
  /** About how long it took on the first node that has ended. */
  tookMs: number | undefined;
  isLooking: boolean;
  /** Ends the pause before the next look. */
  waking: AbortController;
};

export function openState(
  ports: WatchPorts,
  command: WatchedCommand,
): WatchState {
  const { clock, random } = ports;
  const { sentAtEpochMs = clock.now() } = command;
  const state: WatchState = {
    ports,
    command,
    nodes: new Map(),
    isShared: command.instanceIds.length > 1,
    sentAtEpochMs,
    lookedAtEpochMs: command.sentAtEpochMs ?? -Infinity,
    chance: random(),
    failures: 0,
    hurriedUntilEpochMs: 0,
    lastReadAtEpochMs: clock.now(),
    answeredAtEpochMs: undefined,
    answeredBeforeEpochMs: undefined,
    tookMs: undefined,
    isLooking: false,
    waking: new AbortController(),
  };
  for (const id of command.instanceIds) nodeOf(state, id);
  return state;
}

export function nodeOf(state: WatchState, instanceId: string): WatchedNode {
  const node =
    state.nodes.get(instanceId) ??
    openWatchedNode(instanceId, state.ports.clock);
  state.nodes.set(instanceId, node);
  return node;
}

/** The nodes that somebody waits for, but for those that are being read. */
export function waitedFor({ nodes }: WatchState): WatchedNode[] {
  return [...nodes.values()].filter(
    (node) => !node.isReading && node.calls().length > 0,
  );
}

/** Those who wait for them. */
export function callsOf(state: WatchState): Call[] {
  return waitedFor(state).flatMap((node) => node.calls());
}

/** When the command is to be looked at again. */
export function dueAt(state: WatchState): number {
  const { lookedAtEpochMs, sentAtEpochMs, chance, failures } = state;
  const seenMs = state.tookMs ?? state.command.seenMs;
  const pauseMs = sharedPollDelayMs(
    {
      sinceSentMs: Math.max(0, lookedAtEpochMs - sentAtEpochMs),
      isHurried: isHurried(state),
      waiting: waitedFor(state).length,
      ...(seenMs === undefined ? {} : { seenMs }),
    },
    chance,
  );
  const backoffMs = failures === 0 ? 0 : retryDelayMs(failures - 1, chance);
  const due = lookedAtEpochMs + Math.max(pauseMs, backoffMs);
  return state.isShared ? onTick(due) : due;
}

function isHurried(state: WatchState): boolean {
  return (
    state.ports.clock.now() < state.hurriedUntilEpochMs ||
    isAnyUrgent(callsOf(state))
  );
}

/** A look has been answered, or has failed. */
export function noteLook(state: WatchState, failed: "failed" | "answered") {
  state.lookedAtEpochMs = state.ports.clock.now();
  state.chance = state.ports.random();
  state.failures = failed === "failed" ? state.failures + 1 : 0;
  if (failed === "failed") return;
  state.answeredBeforeEpochMs = state.answeredAtEpochMs;
  state.answeredAtEpochMs = state.lookedAtEpochMs;
}

export function show(
  state: WatchState,
  node: WatchedNode,
  news: Invocation,
): void {
  if (isFinal(news.status) && state.tookMs === undefined) {
    const { sentAtEpochMs, lookedAtEpochMs, answeredBeforeEpochMs } = state;
    state.tookMs = estimateTookMs(
      lookedAtEpochMs - sentAtEpochMs,
      answeredBeforeEpochMs && answeredBeforeEpochMs - sentAtEpochMs,
    );
    state.command.onEnd?.(state.tookMs);
  }
  node.show(news);
  forgetEnded(state, node);
}

/** What has been told is not kept. */
export function forgetEnded(state: WatchState, node: WatchedNode): void {
  if (node.isOver()) state.nodes.delete(node.instanceId);
}
