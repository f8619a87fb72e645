import type { Call } from "../../aws/companions.ts";
import type { ListedInvocation } from "../../aws/run-command.ts";
import type { Invocation } from "../../aws/ssm.ts";
import { isFinal } from "../../exec/follow.ts";
import { BridgeError } from "../../kernel/errors.ts";
import { callOfAll, isAnyUrgent } from "./joint-call.ts";
import { readListed, readListedAtKill } from "./listed.ts";
import {
  callsOf,
  dueAt,
  forgetEnded,
  nodeOf,
  noteLook,
  openState,
  show,
  waitedFor,
} from "./watch-state.ts";
import type { WatchedCommand, WatchPorts, WatchState } from "./watch-state.ts";
import { statusAlone } from "./watched-node.ts";
import { unaskedMs, whileNeeded } from "./while-needed.ts";
import type { Limits } from "./while-needed.ts";
import type { WatchedNode } from "./watched-node.ts";

/** A group has 50 nodes, which are one page; another's command may have more. */
const mostPages = 20;
/** After a cancel was asked for, the end is near. */
const hurryMs = 10_000;

/** A command that is looked at for all who wait for its ends. Nothing is asked while nobody waits. */
export type Watch = {
  read(
    instanceId: string,
    plugin: string | undefined,
    call: Call,
  ): Promise<Invocation>;
  /** Its end was asked for. */
  hurry(): void;
  /** All ends have been told. */
  isOver(): boolean;
  lastReadAtEpochMs(): number;
};

export function openWatch(ports: WatchPorts, command: WatchedCommand): Watch {
  const state = openState(ports, command);
  const { clock } = ports;
  return {
    read: (instanceId, plugin, call) => {
      state.lastReadAtEpochMs = clock.now();
      const node = nodeOf(state, instanceId);
      node.plugin = plugin;
      node.askedAtEpochMs = clock.now();
      const news = node.read(call);
      forgetEnded(state, node);
      if (call.requester?.isUrgent()) state.waking.abort();
      look(state);
      return news.finally(() => forgetEnded(state, node));
    },
    hurry: () => {
      state.hurriedUntilEpochMs = clock.now() + hurryMs;
      state.waking.abort();
    },
    isOver: () => state.nodes.size === 0,
    lastReadAtEpochMs: () => state.lastReadAtEpochMs,
  };
}

function look(state: WatchState): void {
  if (state.isLooking || waitedFor(state).length === 0) return;
  state.isLooking = true;
  void lookWhileWaited(state).finally(() => {
    state.isLooking = false;
    look(state);
  });
}

async function lookWhileWaited(state: WatchState): Promise<void> {
  const { clock } = state.ports;
  while (waitedFor(state).length > 0) {
    const pauseMs = dueAt(state) - clock.now();
    if (pauseMs > 0) {
      state.waking = new AbortController();
      await clock.sleep(pauseMs, state.waking.signal);
    } else await lookOnce(state);
  }
}

/** One list for several nodes; whatever has to be read by itself is read meanwhile. */
async function lookOnce(state: WatchState): Promise<void> {
  const { lists } = state.ports;
  const listable = waitedFor(state).filter((node) => !node.needsWhole);
  // whoever does not wait just now comes back for what the list has brought
  const isAlone = lists.isDenied || state.nodes.size === 1;
  if (listable.length > 0 && !isAlone) await list(state);
  for (const node of waitedFor(state))
    if (node.needsWhole || isAlone) void readWhole(state, node);
}

/** A look is not ended by those who wait: what it brings is there for whoever asks next. */
function callOfLook(calls: () => readonly Call[], limits: Limits): Call {
  const joint = callOfAll(calls, limits.signal);
  return {
    ...joint,
    early: limits.early,
    onTurn: () => {
      joint.onTurn?.();
      limits.onTurn();
    },
  };
}

async function readWhole(state: WatchState, node: WatchedNode): Promise<void> {
  const { commandId } = state.command;
  const { instanceId, plugin } = node;
  const one = { commandId, instanceId, ...(plugin ? { plugin } : {}) };
  const { client, clock } = state.ports;
  const isNeeded = () =>
    !node.isOver() &&
    (node.calls().length > 0 || clock.now() - node.askedAtEpochMs < unaskedMs);
  const need = { isNeeded, isUrgent: () => isAnyUrgent(node.calls()) };
  node.isReading = true;
  try {
    const news = await whileNeeded(clock, need, (limits) =>
      client.read(
        one,
        callOfLook(() => node.calls(), limits),
      ),
    );
    if (news) {
      noteLook(state, "answered");
      show(state, node, news);
    }
  } catch (error) {
    noteLook(state, "failed");
    node.fail(error);
  }
  node.isReading = false;
  look(state);
}

async function list(state: WatchState): Promise<void> {
  const asking = waitedFor(state);
  const { clock } = state.ports;
  const need = {
    isNeeded: () =>
      waitedFor(state).length > 0 ||
      clock.now() - state.lastReadAtEpochMs < unaskedMs,
    isUrgent: () => isAnyUrgent(callsOf(state)),
  };
  try {
    const found = await whileNeeded(clock, need, (limits) =>
      listAll(state, limits),
    );
    if (!found) return;
    noteLook(state, "answered");
    for (const node of state.nodes.values())
      if (!node.isReading && !node.needsWhole)
        showListed(state, node, found.get(node.instanceId));
  } catch (error) {
    if (isDenial(error)) state.ports.lists.isDenied = true;
    else {
      noteLook(state, "failed");
      for (const node of asking) node.fail(error);
    }
  }
}

async function listAll(
  state: WatchState,
  limits: Limits,
): Promise<ReadonlyMap<string, ListedInvocation>> {
  const { client } = state.ports;
  const found = new Map<string, ListedInvocation>();
  let token: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const call = callOfLook(() => callsOf(state), limits);
    const answer = await client.list(state.command.commandId, call, token);
    for (const one of answer.invocations) found.set(one.instanceId, one);
    token = answer.next;
    if (token === undefined) break;
  }
  return found;
}

function showListed(
  state: WatchState,
  node: WatchedNode,
  listed: ListedInvocation | undefined,
): void {
  const status = listed?.status ?? node.status() ?? "NotVisible";
  if (!listed || !isFinal(status)) {
    show(state, node, statusAlone(status));
    return;
  }
  const whole = readListed(listed, state.command.runId);
  if (whole) show(state, node, whole);
  else {
    node.needsWhole = true;
    node.listed = readListedAtKill(listed);
  }
}

function isDenial(error: unknown): boolean {
  return error instanceof BridgeError && error.failure?.denied === true;
}
