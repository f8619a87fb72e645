import type { LocalClock } from "../clock.ts";
import type { Instance } from "../ec2/instance.ts";
import type { NodePort } from "../node/node.ts";
import type { Call } from "../protocol.ts";
import type { Command, Invocation } from "./commands.ts";
import type { Delivery } from "./delivery.ts";
import type { Documents } from "./documents.ts";
import type { Input } from "./input.ts";
import type { NodeSync } from "./node-sync.ts";

/** All that the operations share. */
export type SsmState = {
  clock: LocalClock;
  nodes: ReadonlyMap<string, NodePort>;
  /** What EC2 knows of those that it has. */
  instances: ReadonlyMap<string, Instance>;
  documents: Documents;
  /** Parameter Store, for `{{ssm:name}}` in scripts. */
  parameterStore: ReadonlyMap<string, string>;
  commands: Map<string, Command>;
  delivery: Delivery;
  visibility: Visibility;
  /** Bytes that the parameters of one send may have. */
  maxParametersBytes: number;
  /** Of Default Host Management; undefined where nobody has set it up. */
  hostManagementRole: string | undefined;
  /** Undefined where nobody has set up the unified console. */
  nodeSync: NodeSync | undefined;
};

/** Eventual consistency: how long after a send it is not yet there for readers. */
export type Visibility = {
  invocationsAfterMs: number;
  listsAfterMs: number;
};

export type SsmOperation<Answer extends object = object> = (
  state: SsmState,
  input: Input,
  call: Call,
) => Answer;

/** What is of another account or region is not there. */
export function isOwnNode(
  { account, region }: Pick<NodePort, "account" | "region">,
  { caller, region: asked }: Pick<Call, "caller" | "region">,
): boolean {
  return account === caller.account && region === asked;
}

export function isVisible(
  { clock }: SsmState,
  { requestedAtMs }: Command,
  afterMs: number,
): boolean {
  return clock.now() >= requestedAtMs + afterMs;
}

export function findInvocation(
  command: Command | undefined,
  instanceId: string,
): Invocation | undefined {
  return command?.invocations.find((it) => it.instanceId === instanceId);
}
