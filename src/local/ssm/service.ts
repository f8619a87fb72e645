import type { LocalClock } from "../clock.ts";
import type { Instance } from "../ec2/instance.ts";
import type { NodePort } from "../node/node.ts";
import { AwsFault, type JsonService } from "../protocol.ts";
import { cancelCommand } from "./cancel.ts";
import { createDelivery } from "./delivery.ts";
import { describeDocument, getDocument, listDocuments } from "./describe.ts";
import { createDocuments, type OwnDocument } from "./documents.ts";
import { readInput } from "./input.ts";
import { describeInstanceInformation } from "./instances.ts";
import {
  getCommandInvocation,
  listCommandInvocations,
  listCommands,
} from "./read.ts";
import { listNodes } from "./list-nodes.ts";
import type { NodeSync } from "./node-sync.ts";
import { sendCommand } from "./send.ts";
import { getServiceSetting } from "./settings.ts";
import { listTagsForResource } from "./tags.ts";
import type { SsmOperation, SsmState, Visibility } from "./state.ts";

export type SsmOptions = {
  clock: LocalClock;
  nodes: ReadonlyMap<string, NodePort>;
  instances: ReadonlyMap<string, Instance>;
  documents: OwnDocument[];
  parameterStore: ReadonlyMap<string, string>;
  visibility: Visibility;
  maxParametersBytes: number;
  hostManagementRole: string | undefined;
  nodeSync: NodeSync | undefined;
};

export type Ssm = JsonService & {
  /** Ids of all commands that were ever sent. */
  commandIds(): ReadonlySet<string>;
};

const operations: Record<string, SsmOperation> = {
  SendCommand: sendCommand,
  GetCommandInvocation: getCommandInvocation,
  ListCommands: listCommands,
  ListCommandInvocations: listCommandInvocations,
  CancelCommand: cancelCommand,
  DescribeInstanceInformation: describeInstanceInformation,
  DescribeDocument: describeDocument,
  GetDocument: getDocument,
  ListDocuments: listDocuments,
  GetServiceSetting: getServiceSetting,
  ListNodes: listNodes,
  ListTagsForResource: listTagsForResource,
};

/** SSM Run Command over a fleet of nodes. */
export function createSsm(options: SsmOptions): Ssm {
  const state: SsmState = {
    ...options,
    documents: createDocuments(options.documents),
    commands: new Map(),
    delivery: createDelivery(options.nodes, options.clock),
  };
  return {
    commandIds: () => new Set(state.commands.keys()),
    async handle(operation, input, call) {
      const run = operations[operation];
      if (!run) throw new AwsFault("UnknownOperationException", "");
      return run(state, readInput(input), call);
    },
  };
}
