import type { LocalClock } from "../clock.ts";
import type { NodePort } from "../node/node.ts";
import type { Call } from "../protocol.ts";
import type { Command, Invocation } from "./commands.ts";
import type { Delivery } from "./delivery.ts";
import type { Documents } from "./documents.ts";
import type { Input } from "./input.ts";

/** All that the operations share. */
export type SsmState = {
  region: string;
  clock: LocalClock;
  nodes: ReadonlyMap<string, NodePort>;
  documents: Documents;
  /** Parameter Store, for `{{ssm:name}}` in scripts. */
  parameterStore: ReadonlyMap<string, string>;
  commands: Map<string, Command>;
  delivery: Delivery;
  visibility: Visibility;
  /** Bytes that the parameters of one send may have. */
  maxParametersBytes: number;
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
