import { fork } from "node:child_process";
import path from "node:path";
import { contents } from "./contenders.ts";
import { formatTable, judge } from "./figures.ts";
import { drawRound } from "./rounds/draw.ts";
import type { Mode } from "./rounds/draw.ts";
import { roundSchema } from "./rounds/lane.ts";
import type { Lane, Round } from "./rounds/lane.ts";

export type Rounds = {
  mode: Mode;
  seed: number;
  indices: readonly number[];
  /** How many rounds at a time, each lane with a server of its own. */
  lanes: number;
  /** For files of the bench's own. */
  home: string;
};

/** A few executions at a time, and a kill at a random moment: what became of them. */
export async function benchRounds(
  { mode, seed, indices, lanes, home }: Rounds,
  told: (line: string) => void,
): Promise<string> {
  const rounds: Round[] = [];
  const lanesOf = Array.from({ length: lanes }, (_, lane) => ({
    mode,
    seed,
    indices: indices.filter((_index, turn) => turn % lanes === lane),
    contents: contents(),
    folder: path.join(home, `lane-${lane}`),
  }));
  await Promise.all(
    lanesOf.map((lane) =>
      runLane(lane, (round) => {
        rounds.push(round);
        for (const line of describeWrong(round, lane)) told(line);
      }),
    ),
  );
  const wrong = rounds.filter(({ complaints }) => complaints.length > 0);
  return [
    `${rounds.length} rounds, each a few executions at a time and a kill at a random moment; ssm-sidecar=${mode}, seed ${seed}`,
    formatTable([
      ["who was killed, and how", "rounds", "in time", "executions", "wrong"],
      ...[...new Set(rounds.map(({ kind }) => kind))]
        .toSorted()
        .map((kind) => [kind, ...tally(rounds, kind)]),
    ]),
    judge("rounds not played:", indices.length - rounds.length, 0),
    judge("rounds in which something was wrong:", wrong.length, 0),
  ].join("\n");
}

function tally(rounds: readonly Round[], kind: string): string[] {
  const its = rounds.filter((round) => round.kind === kind);
  const wrong = its.filter(({ complaints }) => complaints.length > 0);
  return [
    its.length,
    its.filter(({ hit }) => hit).length,
    its.reduce((sum, { executions }) => sum + executions, 0),
    wrong.length,
  ].map(String);
}

function describeWrong(
  { index, complaints }: Round,
  { seed, mode }: Lane,
): string[] {
  if (complaints.length === 0) return [];
  return [
    `round ${index} of seed ${seed}: ${JSON.stringify(drawRound(seed, index, mode))}`,
    ...complaints.map((it) => `    ${it}`),
  ];
}

async function runLane(
  lane: Lane,
  told: (round: Round) => void,
): Promise<void> {
  const program = path.join(import.meta.dirname, "../dist/bench-rounds.mjs");
  const child = fork(program, [JSON.stringify(lane)]);
  child.on("message", (message) => told(roundSchema.parse(message)));
  await new Promise<void>((resolve, reject) => {
    child.once("exit", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`a lane of rounds ended with ${code}`)),
    );
  });
}
