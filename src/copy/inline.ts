import { explainFailure } from "./explain.ts";
import { BridgeError } from "../kernel/errors.ts";
import type { Answer } from "./answer.ts";
import { scriptWork } from "./run-script.ts";
import type { Node } from "./node.ts";
import type { Destination } from "./request.ts";
import { allOrFirstFailure } from "./together.ts";

/** An agent runs five commands at once, and others want some of them. Source: SSM agent 3.3, observed. */
const atOnce = 3;

/**
 * Sends a file inside commands: all pieces but the last one beside each other, then the one that completes it.
 * Answers what the last one answered.
 */
export async function sendInline(
  node: Node,
  { texts, to, target }: InlineTransfer,
  signal: AbortSignal,
): Promise<Answer> {
  const last = texts.length - 1;
  const pieces = texts.slice(0, last);
  const store = async () => {
    for (let text = pieces.shift(); text !== undefined; text = pieces.shift()) {
      const answer = await node.run(scriptWork(to, text), signal);
      if (answer.kind !== "stored") throw unexpected({ target, to }, answer);
    }
  };
  await allOrFirstFailure(
    Array.from({ length: Math.min(atOnce, last) }, () =>
      store().catch((error: unknown) => {
        pieces.length = 0;
        throw error;
      }),
    ),
  );
  return node.run(scriptWork(to, texts[last] ?? ""), signal);
}

export type InlineTransfer = {
  texts: readonly string[];
  to: Destination;
  target: string;
};

/** The error for an answer that the script that was sent does not give when all is well. */
export function unexpected(
  { target, to }: { target: string; to: Destination },
  answer: Answer,
): BridgeError {
  return answer.kind === "failed"
    ? explainFailure({ target, to }, answer)
    : new BridgeError(
        "defect",
        `${target}: the node's answer ${answer.kind} was not expected here`,
      );
}
