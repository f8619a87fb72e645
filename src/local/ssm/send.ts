import { randomUUID } from "node:crypto";
import type { AgentMessage } from "../node/message.ts";
import type { NodePort } from "../node/node.ts";
import { AwsFault, type Call } from "../protocol.ts";
import {
  documentNameBounds,
  documentVersionBounds,
  instanceIdsBounds,
} from "./bounds.ts";
import type { Command, CommandOutput } from "./commands.ts";
import type { Document } from "./document.ts";
import { resolveParameters } from "./documents.ts";
import { checkParameters, type Parameters } from "./parameters.ts";
import type { Input } from "./input.ts";
import { isOwnNode, type SsmState } from "./state.ts";
import { authorizeSend } from "./send-access.ts";
import { viewCommand } from "./views.ts";

const defaultDeliverySeconds = 3_600;

export function sendCommand(
  state: SsmState,
  input: Input,
  call: Call,
): { Command: object } {
  const request = readRequest(state, input, call);
  authorizeSend(state, request, call);
  const { documentName, documentVersion } = request;
  const document = state.documents.find(documentName, documentVersion);
  checkSize(state, request.parameters);
  if (document.type !== "Command")
    throw new AwsFault(
      "InvalidDocument",
      `Document ${document.name} is of type ${document.type}.`,
    );
  checkParameters(document, request.parameters);
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
  documentVersion: string;
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
    documentVersion:
      input.text("DocumentVersion", documentVersionBounds) ?? "$DEFAULT",
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

function checkSize(state: SsmState, given: Parameters): void {
  const bytes = Buffer.byteLength(JSON.stringify(given));
  if (bytes > state.maxParametersBytes)
    throw new AwsFault(
      "MaxDocumentSizeExceeded",
      `The parameters have ${bytes} bytes. The size limit of a document is ${state.maxParametersBytes} bytes.`,
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
    (node) =>
      node !== undefined &&
      node.state !== "terminated" &&
      isOwnNode(node, call),
  );
  if (managed.length < found.length)
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
    region: call.region,
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
  for (const invocation of command.invocations) {
    const node = state.nodes.get(invocation.instanceId);
    if (node)
      state.delivery.enqueue(invocation, messageOf(state, command, node));
  }
}

/** What a node is told: of the document's steps those of its platform. */
function messageOf(
  { parameterStore }: SsmState,
  { commandId, document, parameters, output }: Command,
  { platform }: NodePort,
): AgentMessage {
  return {
    ...output,
    commandId,
    steps: resolveParameters(
      document.stepsOf(parameters, platform.type),
      parameterStore,
    ),
  };
}
