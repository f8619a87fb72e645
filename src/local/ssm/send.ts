import { randomUUID } from "node:crypto";
import type { AgentMessage } from "../node/message.ts";
import type { NodePort } from "../node/node.ts";
import { AwsFault, type Call } from "../protocol.ts";
import { documentNameBounds, instanceIdsBounds } from "./bounds.ts";
import type { Command, CommandOutput } from "./commands.ts";
import {
  type Document,
  type Parameters,
  resolveParameters,
} from "./documents.ts";
import type { Input } from "./input.ts";
import type { SsmState } from "./state.ts";
import { viewCommand } from "./views.ts";

const defaultDeliverySeconds = 3_600;

export function sendCommand(
  state: SsmState,
  input: Input,
  call: Call,
): { Command: object } {
  const request = readRequest(state, input, call);
  authorizeSend(state, request, call);
  const document = state.documents.find(request.documentName);
  checkParameters(state, document, request.parameters);
  const nodes = findNodes(state, request.instanceIds, call);
  for (const node of nodes) checkPlatform(document, node);
  const command = keepCommand(state, document, request, nodes, call);
  // AWS answers before any node has taken it.
  const answer = { Command: viewCommand(command) };
  deliver(state, command);
  return answer;
}

type SendRequest = {
  documentName: string;
  instanceIds: string[];
  parameters: Parameters;
  comment: string;
  deliveryTimeoutSeconds: number;
  output: CommandOutput;
  cloudWatch: Command["cloudWatch"];
  maxConcurrency: string;
  maxErrors: string;
};

function readRequest(state: SsmState, input: Input, call: Call): SendRequest {
  const documentName = input.requiredText("DocumentName", documentNameBounds);
  const instanceIds = input.texts("InstanceIds", instanceIdsBounds);
  const targets = input.structures("Targets", { max: 5 });
  const request = {
    documentName,
    instanceIds: [...instanceIds, ...targets.flatMap(targetedIds)],
    parameters: input.textLists("Parameters"),
    comment: input.text("Comment", { max: 100 }) ?? "",
    deliveryTimeoutSeconds:
      input.number("TimeoutSeconds", { min: 30, max: 2_592_000 }) ??
      defaultDeliverySeconds,
    ...readOutput(input, documentName, call),
    maxConcurrency: input.text("MaxConcurrency", { min: 1, max: 7 }) ?? "50",
    maxErrors: input.text("MaxErrors", { min: 1, max: 7 }) ?? "0",
  };
  input.text("DocumentVersion", {
    pattern: /([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)/,
  });
  input.finish();
  if (request.instanceIds.length === 0)
    throw new AwsFault(
      "InvalidInstanceId",
      "Either InstanceIds or Targets must be specified",
    );
  if (new Set(request.instanceIds).size < request.instanceIds.length)
    throw new AwsFault("DuplicateInstanceId", "");
  return request;
}

/** Targets of the one kind that needs no tags. */
function targetedIds(target: Input): string[] {
  const key = target.text("Key", { min: 1, max: 163 });
  const values = target.texts("Values", { max: 50 });
  return key?.toLowerCase() === "instanceids" ? values : [];
}

function readOutput(
  input: Input,
  documentName: string,
  call: Call,
): Pick<SendRequest, "output" | "cloudWatch"> {
  const bucket = input.text("OutputS3BucketName", { min: 3, max: 63 });
  const prefix = input.text("OutputS3KeyPrefix", { max: 500 }) ?? "";
  const region = input.text("OutputS3Region", { min: 3, max: 20 });
  const config = input.structure("CloudWatchOutputConfig");
  const groupName = config?.text("CloudWatchLogGroupName", {
    min: 1,
    max: 512,
    pattern: /^[.\-_/#A-Za-z0-9]+$/,
  });
  const enabled = config?.flag("CloudWatchOutputEnabled") ?? false;
  return {
    output: {
      ...(bucket === undefined
        ? {}
        : { s3: { bucket, prefix, region: region ?? call.region } }),
      ...(enabled
        ? { logGroupName: groupName ?? `/aws/ssm/${documentName}` }
        : {}),
    },
    cloudWatch: config && { enabled, groupName: groupName ?? "" },
  };
}

/** The permissions that one send needs: the document, every node, and the bucket of the output. */
function authorizeSend(
  state: SsmState,
  request: SendRequest,
  call: Call,
): void {
  const { documentName, instanceIds, output } = request;
  const action = "ssm:SendCommand";
  call.authorize(action, documentArn(state, documentName, call));
  for (const instanceId of instanceIds)
    call.authorize(action, nodeArn(state, instanceId, call));
  if (output.s3) call.authorize(action, `arn:aws:s3:::${output.s3.bucket}`);
}

function documentArn(state: SsmState, name: string, call: Call): string {
  if (name.startsWith("arn:")) return name;
  const account = name.startsWith("AWS-") ? "" : call.caller.account;
  return `arn:aws:ssm:${state.region}:${account}:document/${name}`;
}

function nodeArn(state: SsmState, instanceId: string, call: Call): string {
  const scope = `${state.region}:${call.caller.account}`;
  return instanceId.startsWith("mi-")
    ? `arn:aws:ssm:${scope}:managed-instance/${instanceId}`
    : `arn:aws:ec2:${scope}:instance/${instanceId}`;
}

function checkParameters(
  state: SsmState,
  document: Document,
  given: Parameters,
): void {
  const bytes = Buffer.byteLength(JSON.stringify(given));
  if (bytes > state.maxParametersBytes)
    throw new AwsFault(
      "MaxDocumentSizeExceeded",
      `The parameters have ${bytes} bytes. The size limit of a document is ${state.maxParametersBytes} bytes.`,
    );
  for (const name of Object.keys(given))
    if (!(name in document.parameters))
      throw new AwsFault(
        "InvalidParameters",
        `Parameter ${name} is not defined in the document ${document.name}.`,
      );
  for (const [name, required] of Object.entries(document.parameters))
    if (required && !(name in given))
      throw new AwsFault(
        "InvalidParameters",
        `Parameter ${name} is required by the document ${document.name}.`,
      );
  const timeout = given.executionTimeout?.[0];
  if (timeout !== undefined && !/^[1-9][0-9]{0,5}$/.test(timeout))
    throw new AwsFault(
      "InvalidParameters",
      `Parameter executionTimeout has the invalid value ${timeout}.`,
    );
}

/** One bad id fails the whole send. */
function findNodes(
  state: SsmState,
  instanceIds: string[],
  call: Call,
): NodePort[] {
  const found = instanceIds.map((id) => state.nodes.get(id));
  const managed = found.filter(
    (node) => node !== undefined && node.state !== "terminated",
  );
  if (managed.length < found.length || call.region !== state.region)
    throw new AwsFault(
      "InvalidInstanceId",
      `Instances [[${instanceIds.join(", ")}]] not in a valid state for account ${call.caller.account}`,
    );
  return managed.filter((node) => node !== undefined);
}

function checkPlatform(document: Document, node: NodePort): void {
  if (!document.platforms.includes(node.platform.type))
    throw new AwsFault(
      "UnsupportedPlatformType",
      `Document ${document.name} does not support the platform type ${node.platform.type} of ${node.instanceId}.`,
    );
}

function keepCommand(
  state: SsmState,
  document: Document,
  request: SendRequest,
  nodes: NodePort[],
  call: Call,
): Command {
  const command: Command = {
    ...request,
    commandId: randomUUID(),
    sequence: state.commands.size + 1,
    document,
    requestedAtMs: state.clock.now(),
    account: call.caller.account,
    invocations: [],
  };
  command.invocations = nodes.map(({ instanceId, computerName }) => ({
    command,
    instanceId,
    computerName,
    state: { kind: "pending" },
  }));
  state.commands.set(command.commandId, command);
  return command;
}

function deliver(state: SsmState, command: Command): void {
  const { commandId, document, parameters, output } = command;
  const message: AgentMessage = {
    ...output,
    commandId,
    steps: resolveParameters(
      document.stepsOf(parameters),
      state.parameterStore,
    ),
  };
  for (const invocation of command.invocations)
    state.delivery.enqueue(invocation, message);
}
