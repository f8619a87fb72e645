import type { Clock } from "../kernel/clock.ts";
import { allEnded } from "./all-ended.ts";
import { askScope } from "./ask-scope.ts";
import type { Limits, ScopeAnswer, Wanted } from "./ask-scope.ts";
import type { ListPorts, Places, Planner } from "./plan.ts";
import { planListed } from "./plan-listed.ts";
import { planRegions } from "./plan-regions.ts";
import { composeReport, notesOf } from "./report.ts";
import type { Scope } from "./scope.ts";
import type { SourceNode } from "./source-node.ts";
import { nameUniquely } from "./unique-names.ts";

export type Question = Wanted & Places & { listedBy: keyof typeof planners };

/** Rundeck waits for a source as long as it takes: everything is over after a minute, the start and the writing too. */
const patienceMs = 45_000;
const limitMs = 50_000;

/** By what nodes are found. */
const planners = {
  DescribeInstanceInformation: planRegions,
  ListNodes: planListed,
} as const satisfies Record<string, Planner>;

/** So many regions are asked at once. */
const scopesAtOnce = 12;

/**
 * Every managed node of the accounts and regions, by name. What can't be asked is taken from the last good answer, and noted; where there
 * is none it throws, since Rundeck keeps its old nodes then. Never a shorter list.
 */
export async function listNodes(
  question: Question,
  ports: ListPorts,
  signal: AbortSignal,
): Promise<Map<string, SourceNode>> {
  const { clock, answers: keeper } = ports;
  using limits = openLimits(clock, signal);
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const answers = await askAll(question, { ...ports, note }, limits);
  const names = nameUniquely(onceEach(answers));
  const told = { answers, notes, nodes: names.size };
  await keeper.report(composeReport(told, clock.now()));
  for (const text of [...notes, ...answers.flatMap(notesOf)]) ports.note(text);
  const [first, ...others] = answers.filter((it) => it.kind === "failed");
  for (const { error } of others) ports.note(error.message);
  if (first) throw first.error;
  return names;
}

/** A node that several identities see is the first one's. */
function onceEach(answers: readonly ScopeAnswer[]): SourceNode[] {
  const found = new Map<string, SourceNode>();
  for (const answer of answers)
    for (const node of answer.kind === "failed" ? [] : answer.nodes)
      if (!found.has(node.instanceId)) found.set(node.instanceId, node);
  return [...found.values()];
}

function openLimits(clock: Clock, outer: AbortSignal): Limits & Disposable {
  const ending = new AbortController();
  const deadline = clock.deadline(limitMs);
  const end = () => ending.abort(outer.reason);
  for (const source of [outer, deadline]) source.addEventListener("abort", end);
  if (outer.aborted) end();
  return {
    signal: ending.signal,
    untilEpochMs: clock.now() + patienceMs,
    ranOut: () => !outer.aborted && deadline.aborted,
    [Symbol.dispose]: () => {
      for (const source of [outer, deadline])
        source.removeEventListener("abort", end);
    },
  };
}

async function askAll(
  question: Question,
  ports: ListPorts,
  limits: Limits,
): Promise<ScopeAnswer[]> {
  const plan = planners[question.listedBy];
  const { parts, open } = await plan(question, ports, limits);
  const left = parts.map((it, position) => ({ it, position }));
  const answers: ScopeAnswer[] = [];
  const work = async () => {
    try {
      for (let next = left.shift(); next; next = left.shift())
        answers[next.position] =
          "kind" in next.it
            ? next.it
            : await askOne(next.it, question, { ...ports, open }, limits);
    } finally {
      left.length = 0;
    }
  };
  await allEnded(Array.from({ length: scopesAtOnce }, work));
  return answers;
}

async function askOne(
  scope: Scope,
  question: Question,
  ports: ListPorts,
  limits: Limits,
): Promise<ScopeAnswer> {
  const opened = ports.open(scope);
  try {
    return await askScope(
      scope,
      question,
      {
        ...opened,
        answers: ports.answers,
        clock: ports.clock,
        random: ports.random,
      },
      limits,
    );
  } finally {
    opened.inventory.close();
    opened.ec2.close();
  }
}
