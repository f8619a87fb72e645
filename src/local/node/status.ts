import type { Identity } from "../auth/identities.ts";
import { isAllowed } from "../auth/policy.ts";

/** `offline`: stopped, or without network; its commands wait. `terminated`: AWS no longer knows it. */
export type NodeState = "online" | "offline" | "terminated";

export type NodeStatus = {
  state: NodeState;
  /** While it is offline. */
  offlineSinceMs: number | undefined;
  reboots: number;
};

/** A node that is up is what its rights make it. */
export function openStatus(
  initial: NodeState,
  startedAtMs: number,
  upAs: () => NodeState,
): NodeStatus {
  let given = initial;
  return {
    reboots: 0,
    offlineSinceMs: initial === "online" ? undefined : startedAtMs,
    get state() {
      return given === "online" ? upAs() : given;
    },
    set state(state) {
      given = state;
    },
  };
}

/**
 * Without registering a node is none of SSM's; without its control channel commands wait. (Data channels are for sessions.)
 * Source: Systems Manager User Guide, "Reference: ec2messages, ssmmessages, and other API operations".
 */
export function reachedBy(role: Identity): NodeState {
  const may = (action: string): boolean =>
    isAllowed({
      identityPolicies: role.policies,
      principalArn: role.arn,
      sameAccount: true,
      action,
      resource: "*",
    }).allowed;
  if (!may("ssm:UpdateInstanceInformation")) return "terminated";
  return may("ssmmessages:CreateControlChannel") &&
    may("ssmmessages:OpenControlChannel")
    ? "online"
    : "offline";
}
