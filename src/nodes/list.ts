import * as z from "zod/mini";
import type { Ec2 } from "../aws/ec2.ts";
import type { Inventory } from "../aws/inventory.ts";
import { retry, silenceLimitMs } from "../exec/retry.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Subject } from "../kernel/errors.ts";
import { allEnded } from "./all-ended.ts";
import { askScope, failureOf } from "./ask-scope.ts";
import type { Limits, ScopeAnswer, Wanted } from "./ask-scope.ts";
import type { LastAnswers } from "./last-answers.ts";
import { composeReport, notesOf } from "./report.ts";
import type { Scope } from "./scope.ts";
import type { SourceNode } from "./source-node.ts";
import { nameUniquely } from "./unique-names.ts";

export type Question = Wanted & {
  /** `all`: those that each account may use, as EC2 in `homeRegion` tells. */
  regions: readonly string[] | "all";
  homeRegion: string;
  /** None: the credentials themselves. */
  roleArns: readonly string[];
};

export type ListPorts = {
  open(scope: Scope): { inventory: Inventory; ec2: Ec2; subject: Subject };
  answers: LastAnswers;
  clock: Clock;
  random: () => number;
  note(text: string): void;
};

/** Rundeck waits for a source as long as it takes: everything is over after a minute, the start and the writing too. */
const patienceMs = 45_000;
const limitMs = 50_000;
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
  const answers = await askAll(question, ports, limits);
  const names = nameUniquely(onceEach(answers));
  await keeper.report(composeReport(answers, names.size, clock.now()));
  for (const text of answers.flatMap(notesOf)) ports.note(text);
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
  const roles = question.roleArns.length > 0 ? question.roleArns : [undefined];
  const listed = await allEnded(
    roles.map((roleArn) => listScopes(roleArn, question, ports, limits)),
  );
  const left = listed.flat().map((it, position) => ({ it, position }));
  const answers: ScopeAnswer[] = [];
  const work = async () => {
    try {
      for (let next = left.shift(); next; next = left.shift())
        answers[next.position] =
          "kind" in next.it
            ? next.it
            : await askOne(next.it, question, ports, limits);
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

/** The scopes of one identity; what becomes of it where its regions can't be asked. */
async function listScopes(
  roleArn: string | undefined,
  { regions, homeRegion }: Question,
  ports: ListPorts,
  limits: Limits,
): Promise<(Scope | ScopeAnswer)[]> {
  const role = roleArn === undefined ? {} : { roleArn };
  const inRegions = (names: readonly string[]) =>
    names.map((region) => ({ region, ...role }));
  if (regions !== "all") return inRegions(regions);
  const home: Scope = { region: homeRegion, ...role };
  const { inventory, ec2, subject } = ports.open(home);
  const key = JSON.stringify(["regions", roleArn ?? null]);
  const { signal, untilEpochMs } = limits;
  const patience = { silenceMs: silenceLimitMs, untilEpochMs };
  try {
    const found = await retry(ports, patience, signal, () =>
      ec2.regions({ signal, subject }),
    );
    await ports.answers.keep(key, found);
    return inRegions(found);
  } catch (cause) {
    const error = failureOf(cause, home, limits);
    const kept = await ports.answers.read(key, z.array(z.string()));
    if (!kept) return [{ kind: "failed", scope: home, error }];
    ports.note(`${error.message}; the regions are those of the last answer`);
    return inRegions(kept.answer);
  } finally {
    inventory.close();
    ec2.close();
  }
}
