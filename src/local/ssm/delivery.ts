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

export function createDelivery(
  nodes: ReadonlyMap<string, NodePort>,
  clock: LocalClock,
): Delivery {
  const waiting = new Map<string, Parcel[]>();

  function deliverTo(node: NodePort): void {
    const parcels = waiting.get(node.instanceId) ?? [];
    if (node.state === "terminated") return giveUpAll(parcels, node);
    while (parcels[0] && hand(parcels[0], node) === "accepted") parcels.shift();
  }

  function hand(parcel: Parcel, node: NodePort): "accepted" | "refused" {
    const { invocation, message } = parcel;
    const taken = node.deliver(message, (plugins) => {
      invocation.state = { kind: "replied", plugins };
    });
    if (taken === "accepted") {
      parcel.forgetTimeout();
      invocation.state = { kind: "in-progress" };
    }
    return taken;
  }

  function giveUpAll(parcels: Parcel[], node: NodePort): void {
    for (const { invocation, forgetTimeout } of parcels) {
      forgetTimeout();
      invocation.state = {
        kind: "given-up",
        status: "Failed",
        details: "Undeliverable",
      };
    }
    waiting.delete(node.instanceId);
  }

  function takeBack(invocation: Invocation): boolean {
    const parcels = waiting.get(invocation.instanceId) ?? [];
    const at = parcels.findIndex((it) => it.invocation === invocation);
    if (at < 0) return false;
    parcels.splice(at, 1)[0]?.forgetTimeout();
    return true;
  }

  return {
    enqueue: (invocation, message) => {
      const { instanceId, command } = invocation;
      const node = nodes.get(instanceId);
      if (!node) return;
      const forgetTimeout = clock.after(
        command.deliveryTimeoutSeconds * 1_000,
        () => {
          if (takeBack(invocation))
            invocation.state = {
              kind: "given-up",
              status: "TimedOut",
              details: "DeliveryTimedOut",
            };
        },
      );
      const parcels = waiting.get(instanceId) ?? [];
      waiting.set(instanceId, parcels);
      parcels.push({ invocation, message, forgetTimeout });
      node.onRoom ??= () => deliverTo(node);
      deliverTo(node);
    },
    cancel: (invocation) => {
      if (invocation.state.kind === "pending" && takeBack(invocation)) {
        invocation.state = {
          kind: "given-up",
          status: "Cancelled",
          details: "Cancelled",
        };
      } else if (invocation.state.kind === "in-progress") {
        invocation.state = { kind: "cancelling" };
        nodes.get(invocation.instanceId)?.cancel(invocation.command.commandId);
      }
    },
  };
}
