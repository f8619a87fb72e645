import type { LocalClock } from "../clock.ts";
import type { AgentMessage } from "../node/message.ts";
import type { NodePort } from "../node/node.ts";
import type { Invocation } from "./commands.ts";

/** Brings commands to nodes: at once, or when a node comes back or has room, or not before the delivery timeout. */
export type Delivery = {
  enqueue(invocation: Invocation, message: AgentMessage): void;
  cancel(invocation: Invocation): void;
};

type Parcel = {
  invocation: Invocation;
  message: AgentMessage;
  forgetTimeout: () => void;
};

type Yard = {
  nodes: ReadonlyMap<string, NodePort>;
  clock: LocalClock;
  /** What no node has taken yet, by node, oldest first. */
  waiting: Map<string, Parcel[]>;
};

export function createDelivery(
  nodes: ReadonlyMap<string, NodePort>,
  clock: LocalClock,
): Delivery {
  const yard = { nodes, clock, waiting: new Map<string, Parcel[]>() };
  return {
    enqueue: (invocation, message) => enqueue(yard, invocation, message),
    cancel: (invocation) => cancel(yard, invocation),
  };
}

function enqueue(
  yard: Yard,
  invocation: Invocation,
  message: AgentMessage,
): void {
  const { instanceId, command } = invocation;
  const node = yard.nodes.get(instanceId);
  if (!node) return;
  const forgetTimeout = yard.clock.after(
    command.deliveryTimeoutSeconds * 1_000,
    () => {
      if (takeBack(yard, invocation))
        giveUp(invocation, "TimedOut", "DeliveryTimedOut");
    },
  );
  const parcels = yard.waiting.get(instanceId) ?? [];
  yard.waiting.set(instanceId, parcels);
  parcels.push({ invocation, message, forgetTimeout });
  node.onRoom ??= () => deliverTo(yard, node);
  deliverTo(yard, node);
}

function cancel(yard: Yard, invocation: Invocation): void {
  if (takeBack(yard, invocation)) {
    giveUp(invocation, "Cancelled", "Cancelled");
  } else if (invocation.state.kind === "in-progress") {
    invocation.state = { ...invocation.state, kind: "cancelling" };
    yard.nodes.get(invocation.instanceId)?.cancel(invocation.command.commandId);
  }
}

function deliverTo(yard: Yard, node: NodePort): void {
  const parcels = yard.waiting.get(node.instanceId) ?? [];
  while (parcels[0] && node.state === "terminated") {
    const { invocation } = parcels[0];
    takeBack(yard, invocation);
    giveUp(invocation, "Failed", "Undeliverable");
  }
  while (parcels[0] && hand(parcels[0], node) === "accepted") parcels.shift();
}

function hand(parcel: Parcel, node: NodePort): "accepted" | "refused" {
  const { invocation, message, forgetTimeout } = parcel;
  const taken = node.deliver(message, {
    partial: (plugins) => {
      const { state } = invocation;
      if (state.kind === "in-progress" || state.kind === "cancelling")
        invocation.state = { ...state, plugins };
    },
    final: (plugins) => {
      invocation.state = { kind: "replied", plugins };
    },
  });
  if (taken === "accepted") {
    forgetTimeout();
    invocation.state = { kind: "in-progress", plugins: [] };
  }
  return taken;
}

/** False: it was no longer waiting. */
function takeBack({ waiting }: Yard, invocation: Invocation): boolean {
  const parcels = waiting.get(invocation.instanceId) ?? [];
  const at = parcels.findIndex((it) => it.invocation === invocation);
  if (at < 0) return false;
  parcels.splice(at, 1)[0]?.forgetTimeout();
  return true;
}

function giveUp(
  invocation: Invocation,
  status: "TimedOut" | "Failed" | "Cancelled",
  details: string,
): void {
  invocation.state = { kind: "given-up", status, details };
}
