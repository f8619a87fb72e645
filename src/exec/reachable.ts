import type { CommandOnNode, NodeState } from "../aws/ssm.ts";
import type { Ports } from "./ports.ts";
import { callOf, ignoreRefusal } from "./retry.ts";

/** A node that takes nothing for this long is worth a word. */
const untakenMs = 15_000;

/** What SSM says of a node; undefined where it is not told (`ssm:DescribeInstanceInformation` is no must), or AWS does not answer. */
async function askState(
  ports: Ports,
  { instanceId }: CommandOnNode,
  signal: AbortSignal,
): Promise<NodeState | undefined> {
  return ports.ssm
    .describe(instanceId, callOf(ports, signal))
    .catch((error: unknown) =>
      signal.aborted ? undefined : ignoreRefusal(error),
    );
}

/** Says once that the node has not taken the command yet, with what SSM says of the node. */
export async function tellUntaken(
  ports: Ports,
  command: CommandOnNode,
  sinceSentMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (sinceSentMs < untakenMs || ports.told.has("untaken")) return;
  ports.told.add("untaken");
  const state = await askState(ports, command, signal);
  if (signal.aborted) return;
  ports.log.note(
    `${ports.subject.target}: the node has not taken the command for ${Math.round(sinceSentMs / 1000)} s${state ? `; SSM says of it: ${describe(state)}` : ""}; it is waited for, see ${ports.subject.setting("ssm-delivery-timeout")}`,
  );
}

function describe(state: NodeState): string {
  switch (state.kind) {
    case "unmanaged":
      return "no managed node of that id in this region and account";
    case "managed":
      return state.ping === "Online"
        ? "Online (busy, or its agent is restarting)"
        : `${state.ping}${state.lastPing === undefined ? "" : ` since ${state.lastPing}`}`;
  }
}

/** Whether SSM reports that the node is gone. */
export async function isLost(
  ports: Ports,
  command: CommandOnNode,
  signal: AbortSignal,
): Promise<boolean> {
  const state = await askState(ports, command, signal);
  return (
    state !== undefined &&
    (state.kind === "unmanaged" || state.ping !== "Online")
  );
}
