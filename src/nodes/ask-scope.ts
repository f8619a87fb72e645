import * as z from "zod/mini";
import type { MachineFilter } from "../aws/ec2.ts";
import { BridgeError } from "../kernel/errors.ts";
import { longestKeptMs } from "./last-answers.ts";
import type { LastAnswers } from "./last-answers.ts";
import { readScope } from "./read-scope.ts";
import type { ScopePorts } from "./read-scope.ts";
import { describeScope } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { describeSourceNode } from "./source-node.ts";
import type { NodeWishes, SourceNode } from "./source-node.ts";

/** What became of a scope: its nodes as they are, those of the last good answer, or none. */
export type ScopeAnswer = { scope: Scope } &
  /** `notes`: what the nodes lack. */
  (
    | { kind: "asked"; nodes: readonly SourceNode[]; notes: readonly string[] }
    | {
        kind: "kept";
        nodes: readonly SourceNode[];
        keptAtEpochMs: number;
        error: BridgeError;
      }
    | { kind: "failed"; error: BridgeError }
  );

/** What is wanted of every scope. */
export type Wanted = NodeWishes & {
  filters: readonly MachineFilter[];
  /** Whether nodes count whose agent is not online. */
  offline: "listed" | "left-out";
};

export type AskPorts = Omit<ScopePorts, "note" | "tagMemory"> & {
  answers: LastAnswers;
};

export type Limits = {
  signal: AbortSignal;
  untilEpochMs: number;
  /** The end of the time for all, where it has come. */
  ranOut: () => boolean;
};

/** Kept as they were given to Rundeck: they don't change meanwhile. */
const keptNodes = z.array(
  z.object({
    instanceId: z.string(),
    name: z.string(),
    attributes: z.record(z.string(), z.string()),
    tags: z.array(z.string()),
  }),
);

const keptTags = z.array(
  z.tuple([
    z.string(),
    z.object({
      tags: z.record(z.string(), z.string()),
      atEpochMs: z.number(),
    }),
  ]),
);

/** Asks a scope and keeps what it answers, or takes what is kept. Throws what is no failure of AWS's, and the signal's reason. */
export async function askScope(
  scope: Scope,
  wanted: Wanted,
  ports: AskPorts,
  limits: Limits,
): Promise<ScopeAnswer> {
  const keyOf = (what: string) =>
    JSON.stringify([what, scope.region, scope.roleArn ?? null]);
  const key = keyOf("nodes");
  const remembered = await ports.answers.read(keyOf("tags"), keptTags);
  const tagMemory = new Map(remembered?.answer);
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  try {
    const found = await readScope(
      scope,
      wanted.filters,
      { ...ports, note, tagMemory },
      limits,
    );
    const nodes = found
      .filter(({ ping }) => wanted.offline === "listed" || ping === "Online")
      .map((node) => describeSourceNode(node, wanted));
    await ports.answers.keep(key, nodes);
    return { kind: "asked", scope, nodes, notes };
  } catch (cause) {
    const error = failureOf(cause, scope, limits);
    const kept = await ports.answers.read(key, keptNodes);
    return kept
      ? {
          kind: "kept",
          scope,
          nodes: kept.answer,
          keptAtEpochMs: kept.keptAtEpochMs,
          error,
        }
      : { kind: "failed", scope, error };
  } finally {
    const oldestEpochMs = ports.clock.now() - longestKeptMs;
    const current = [...tagMemory].filter(
      ([, { atEpochMs }]) => atEpochMs > oldestEpochMs,
    );
    if (current.length > 0) await ports.answers.keep(keyOf("tags"), current);
  }
}

/** Our time is up in the middle of a request: that is the scope's failure, too. */
export function failureOf(
  error: unknown,
  scope: Scope,
  { signal, ranOut }: Limits,
): BridgeError {
  if (signal.aborted && ranOut())
    return new BridgeError(
      "aws-failing",
      `${describeScope(scope)}: not all nodes were listed in the time that there is; AWS answers slowly, or throttles`,
    );
  signal.throwIfAborted();
  if (error instanceof BridgeError) return error;
  throw error;
}
