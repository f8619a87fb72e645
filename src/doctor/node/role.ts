import type { Call } from "../../aws/companions.ts";
import { openEc2 } from "../../aws/ec2.ts";
import type { Registration } from "../../aws/registrations.ts";
import type { Finding } from "../check.ts";
import type { Context } from "../context.ts";
import { readFact } from "../permissions/rights.ts";

/** Whose rights the node has. Systems Manager tells it of hybrid nodes, EC2 of its machines. */
export async function describeRole(
  context: Context,
  { role }: Registration,
  call: Call,
): Promise<Finding> {
  if (role !== undefined) return { state: "ok", says: `the role ${role}` };
  const { executor, clock } = context;
  const { instanceId } = executor.settings;
  if (instanceId.startsWith("mi-"))
    return { state: "unknown", says: "Systems Manager does not tell it" };
  return readFact("ec2:DescribeInstances", async () => {
    const ec2 = openEc2(executor.openClient("ec2"), clock);
    const filter = { name: "instance-id", values: [instanceId] };
    const { machines } = await ec2
      .machines([filter], call)
      .finally(() => ec2.close());
    const machine = machines.find((it) => it.instanceId === instanceId);
    if (!machine) return { state: "unknown", says: "EC2 does not tell it" };
    const { profileArn } = machine;
    return {
      state: "ok",
      says:
        profileArn === undefined
          ? "no instance profile: the role of Default Host Management, which the rights for buckets and log groups go on"
          : `the instance profile ${profileArn.replace(/^.*\//, "")}`,
    };
  });
}
