import type { Call } from "../protocol.ts";
import type { CommandOutput } from "./commands.ts";
import type { SsmState } from "./state.ts";

/** The permissions that one send needs: the document, every node, and the bucket of the output. */
export function authorizeSend(
  state: SsmState,
  {
    documentName,
    instanceIds,
    output,
  }: { documentName: string; instanceIds: string[]; output: CommandOutput },
  call: Call,
): void {
  const action = "ssm:SendCommand";
  call.authorize(action, documentArn(documentName, call));
  for (const instanceId of instanceIds)
    call.authorize(action, nodeArn(instanceId, call), {
      conditionKeys: tagKeys(state, instanceId),
    });
  if (output.s3) call.authorize(action, `arn:aws:s3:::${output.s3.bucket}`);
}

function documentArn(name: string, call: Call): string {
  if (name.startsWith("arn:")) return name;
  const account = name.startsWith("AWS-") ? "" : call.caller.account;
  return `arn:aws:ssm:${call.region}:${account}:document/${name}`;
}

function nodeArn(instanceId: string, call: Call): string {
  const scope = `${call.region}:${call.caller.account}`;
  return instanceId.startsWith("mi-")
    ? `arn:aws:ssm:${scope}:managed-instance/${instanceId}`
    : `arn:aws:ec2:${scope}:instance/${instanceId}`;
}

/** Of a node that there is not, no tags are known. */
function tagKeys(
  { nodes }: SsmState,
  instanceId: string,
): Record<string, string> {
  const tags = Object.entries(nodes.get(instanceId)?.tags ?? {});
  return Object.fromEntries(
    tags.flatMap(([key, value]) => [
      [`ssm:resourceTag/${key}`, value],
      [`aws:ResourceTag/${key}`, value],
    ]),
  );
}
