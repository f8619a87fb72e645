import { direct, sidecar } from "./contenders.ts";
import type { Contender } from "./contenders.ts";
import { benchRounds } from "./rounds.ts";
import { benchRundeck } from "./rundeck.ts";
import { benchManyCopies, benchScale } from "./scale.ts";

/** Parts that take many minutes: only for who asks for them. */
export const largeParts = ["scale", "copies", "rounds", "rundeck"] as const;

export const largeOptions = {
  nodes: { type: "string" },
  threads: { type: "string" },
  /** How long each command takes, in seconds. */
  takes: { type: "string" },
  /** Requests a second of each operation, one after the other; 0 is no limit. */
  tps: { type: "string", default: "0,10" },
  sidecar: { type: "string" },
  count: { type: "string", default: "100" },
  seed: { type: "string", default: "1" },
  only: { type: "string" },
  lanes: { type: "string", default: "4" },
} as const;

type Values = { [Name in keyof typeof largeOptions]?: string | undefined };

export async function benchLarge(
  part: (typeof largeParts)[number],
  values: Values,
  { contenders, home }: { contenders: readonly Contender[]; home: string },
): Promise<string> {
  const workload = (nodes: number, threads: number) => ({
    nodes: Number(values.nodes ?? nodes),
    threads: Number(values.threads ?? threads),
    limits: readNumbers(values.tps ?? ""),
    home,
  });
  switch (part) {
    case "scale":
      return benchScale(
        [sidecar, ...contenders],
        workload(200, 50),
        Number(values.takes ?? 5),
      );
    case "copies":
      return benchManyCopies([sidecar, direct], workload(100, 20));
    case "rounds":
      return benchRounds(readRounds(values, home), console.log);
    case "rundeck":
      return benchRundeck({
        ...workload(1_000, 100),
        seconds: Number(values.takes ?? 1),
        modes: (values.sidecar ?? "auto,off").split(","),
      });
  }
}

function readRounds(values: Values, home: string) {
  const all = Array.from({ length: Number(values.count) }, (_, index) => index);
  return {
    mode: values.sidecar === "off" ? ("off" as const) : ("auto" as const),
    seed: Number(values.seed),
    indices: values.only === undefined ? all : readNumbers(values.only),
    lanes: Number(values.lanes),
    home,
  };
}

function readNumbers(list: string): number[] {
  return list.split(",").map(Number);
}
