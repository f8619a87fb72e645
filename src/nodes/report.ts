import type { BridgeError } from "../kernel/errors.ts";
import type { ScopeAnswer } from "./ask-scope.ts";
import { describeScope } from "./scope.ts";

/** What operators read of a run: every scope with its nodes, or why there are none. */
export function composeReport(
  {
    answers,
    notes,
    nodes,
  }: {
    answers: readonly ScopeAnswer[];
    notes: readonly string[];
    nodes: number;
  },
  nowEpochMs: number,
): string {
  const isWhole = answers.every(({ kind }) => kind !== "failed");
  const head = isWhole
    ? `${countNodes(nodes)} listed`
    : "no list: Rundeck keeps the nodes that it has";
  const lines = answers.flatMap((answer) => [
    `${describeScope(answer.scope)}: ${stateOf(answer)}`,
    ...(answer.kind === "asked" ? answer.notes : []).map(
      (text) => `  note: ${text}`,
    ),
  ]);
  return [
    `${formatTime(nowEpochMs)}: ${head}`,
    ...notes.map((text) => `note: ${text}`),
    ...lines,
  ]
    .map((line) => `${line}\n`)
    .join("");
}

function stateOf(answer: ScopeAnswer): string {
  switch (answer.kind) {
    case "asked":
      return countNodes(answer.nodes.length);
    case "kept":
      return explainKept(answer);
    case "failed":
      return `no nodes, and none from before: ${answer.error.message}`;
  }
}

/** What a run says of a scope whose nodes are listed. */
export function notesOf(answer: ScopeAnswer): readonly string[] {
  switch (answer.kind) {
    case "asked":
      return answer.notes;
    case "kept":
      return [explainKept(answer)];
    case "failed":
      return [];
  }
}

export function explainKept({
  error,
  nodes,
  keptAtEpochMs,
}: {
  error: BridgeError;
  nodes: readonly unknown[];
  keptAtEpochMs: number;
}): string {
  return `${error.message}; listed as of ${formatTime(keptAtEpochMs)}: ${countNodes(nodes.length)}`;
}

export function countNodes(count: number): string {
  return count === 1 ? "1 node" : `${count} nodes`;
}

function formatTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
