import { AwsFault, type Call } from "../protocol.ts";
import type { Input } from "./input.ts";
import { isOwnNode, type SsmState } from "./state.ts";

/** Of hybrid nodes alone: an instance's tags are EC2's. */
export function listTagsForResource(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const type = input.requiredText("ResourceType", { min: 1 });
  const id = input.requiredText("ResourceId", { min: 1 });
  input.finish();
  call.authorize(
    "ssm:ListTagsForResource",
    `arn:aws:ssm:${call.region}:${call.caller.account}:managed-instance/${id}`,
  );
  if (type !== "ManagedInstance") throw new AwsFault("InvalidResourceType", "");
  const node = state.nodes.get(id);
  if (!node?.hybrid || node.state === "terminated" || !isOwnNode(node, call))
    throw new AwsFault("InvalidResourceId", "");
  return {
    TagList: Object.entries(node.hybrid.tags).map(([Key, Value]) => ({
      Key,
      Value,
    })),
  };
}
