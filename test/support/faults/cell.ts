import type { LocalAwsOptions } from "../../../src/local/local-aws.ts";
import type { Running } from "./run.ts";
import type { World } from "./world.ts";

/** What is tried: a command with a little output, a file through a bucket, a command with much output. */
export const pipelines = ["executor", "copier", "output"] as const;
export type Pipeline = (typeof pipelines)[number];

/** How much output comes. */
export type OutputWay = "pages" | "bucket" | "logs";

/** What must be true of a run. */
export type Expected = {
  /** In an operator's words. */
  happens: string;
  /** `own`: what the command or the copy would have ended with. `killed`: by SIGKILL. */
  exit: number | "own" | "killed" | readonly number[];
  /** Of the one error line, as a regular expression; absent: there is none. */
  codeWord?: string;
  /** What the error line says, too. */
  says?: RegExp[];
  /** What stderr never says. */
  never?: RegExp[];
  /** How many notes there may be; default none. */
  notes?: number;
  /** How often the command ran, or the file arrived. */
  runs: 0 | 1 | "0 or 1";
  /** What stays behind, in an operator's words; absent: nothing. */
  left?: Leftover[];
  longestSeconds: number;
  /** The kill comes late in a run: only what follows counts in `longestSeconds`. */
  since?: "kill";
  /** What was shown may be wrong: the error says so. */
  anyOutput?: true;
  /** What is as right. */
  or?: Expected;
};

export type Leftover = "object" | "command" | "node file" | "server file";

/** One thing that goes wrong. */
export type Fault = {
  id: string;
  /** What goes wrong, in an operator's words. */
  fault: string;
  /** Default: all. */
  pipelines?: readonly Pipeline[];
  /** Default: pages. */
  way?: OutputWay;
  /** The account that it happens in. */
  account?: LocalAwsOptions;
  /** What the command does before it ends; default: nothing. */
  takesSeconds?: number;
  arrange?: (world: World) => void | Promise<void>;
  /** What happens while it runs. */
  during?: (world: World, running: Running) => void | Promise<void>;
  expected: Expected | ((pipeline: Pipeline) => Expected);
  /** What is to be true besides: says what is not. */
  besides?: (world: World) => string[];
  /** Left out where this machine can't do it: why. */
  needs?: "root";
};

export type Cell = {
  id: string;
  pipeline: Pipeline;
  fault: Fault;
  expected: Expected;
};

export function cellsOf(faults: readonly Fault[]): Cell[] {
  return faults.flatMap((fault) =>
    (fault.pipelines ?? pipelines).map((pipeline) => ({
      id: `${pipeline}/${fault.id}`,
      pipeline,
      fault,
      expected:
        typeof fault.expected === "function"
          ? fault.expected(pipeline)
          : fault.expected,
    })),
  );
}

/** It passes: everything ends as if nothing had been. */
export function passes(
  longestSeconds: number,
  more: Partial<Expected> = {},
): Expected {
  return {
    happens: "runs once and ends as it would have",
    exit: "own",
    runs: 1,
    longestSeconds,
    ...more,
  };
}

/** It is refused before anything runs. */
export function refused(
  exit: number,
  codeWord: string,
  says: RegExp[],
  more: Partial<Expected> = {},
): Expected {
  return {
    happens: "does not begin",
    exit,
    codeWord,
    says,
    never: [/may be running/],
    runs: 0,
    longestSeconds: 10,
    ...more,
  };
}
