import { systemLocalClock } from "../../../src/local/clock.ts";
import type { FaultAction, FaultRule } from "../../../src/local/faults.ts";
import { mulberry } from "../random.ts";
import type { Cell } from "./cell.ts";
import { type Running, until } from "./run.ts";
import { openWorld, type World } from "./world.ts";

/** One run with chances of its own: all of it follows from `seed` and `index`. */
export type Draw = {
  index: number;
  rules: FaultRule[];
  /** How far AWS's clock is ahead. */
  clockMinutes: number;
  listsAfterMs: number;
  kill: { signal: "SIGTERM" | "SIGKILL"; afterMs: number } | undefined;
  /** After so many requests AWS answers nothing any more. */
  silentAfter: number | undefined;
};

export type Counted = { draw: Draw; runs: number; complaints: string[] };

export function drawRun(seed: number, index: number): Draw {
  const random = mulberry(seed * 1_000_003 + index);
  const pick = <T>(of: readonly T[]): T => {
    const picked = of[Math.floor(random() * of.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  };
  const count = 1 + Math.floor(random() * 3);
  const rules = Array.from({ length: count }, (): FaultRule => {
    const rule = { ...pick(actions), operation: pick(operations) };
    // once, a few times, or for a while
    return random() < 0.8
      ? {
          ...rule,
          skip: pick([0, 0, 0, 1, 2]),
          times: 1 + Math.floor(random() * 3),
        }
      : { ...rule, forMs: 1_000 + random() * 15_000 };
  });
  return {
    index,
    rules,
    clockMinutes: pick([0, 0, 0, 10, -10, 20, -20, 1_560, -1_560]),
    listsAfterMs: pick([0, 0, 1_000, 2_500]),
    kill:
      random() < 0.3
        ? {
            signal: random() < 0.7 ? "SIGTERM" : "SIGKILL",
            afterMs: random() * 6_000,
          }
        : undefined,
    silentAfter: random() < 0.06 ? Math.floor(random() * 4) : undefined,
  };
}

const operations = [
  "SendCommand",
  "SendCommand",
  "GetCommandInvocation",
  "ListCommands",
] as const;

const error = (
  code: string,
  status: number,
  when: "before" | "after",
): FaultAction => ({ kind: "error", code, status, when });

const actions: readonly FaultAction[] = [
  error("ThrottlingException", 400, "before"),
  error("InternalServerError", 500, "before"),
  error("InternalServerError", 500, "after"),
  error("ServiceUnavailable", 503, "after"),
  { kind: "lost", when: "before" },
  { kind: "lost", when: "after" },
  { kind: "malformed" },
  { kind: "cut" },
  { kind: "silent", when: "before" },
  { kind: "silent", when: "after" },
  { kind: "foreign", status: 502 },
  { kind: "delay", ms: 3_000 },
  { kind: "delay", ms: 25_000 },
];

/** Makes the run, and counts on the node how often its command ran. */
export async function countRuns(
  draw: Draw,
  place: { contents: string; folder: string },
): Promise<Counted> {
  await using world = await openWorld(cellOf(draw), place);
  world.set({ "ssm-delivery-timeout": "60" });
  world.fails(...draw.rules);
  world.node.role.forgivenSkewMs = draw.clockMinutes * 60_000;
  world.aws.faults.visibility.listsAfterMs = draw.listsAfterMs;
  const running = world.start();
  const stop = setTimeout(() => running.kill("SIGKILL"), 200_000);
  await Promise.all([killIn(draw, running), silence(draw, world, running)]);
  const { exitCode, signal, stderr } = await running.ended;
  clearTimeout(stop);
  // what was accepted begins all the same
  const begins = performance.now() + (signal === "SIGKILL" ? 1_000 : 300);
  while (performance.now() < begins && world.runs() === 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const ran = world.runs();
  return {
    draw,
    runs: ran,
    complaints: complaintsOf({
      ran,
      exitCode,
      signal,
      stderr,
      couldKnow: couldKnow(draw, world),
    }),
  };
}

/** How often a list without the command tells that it was not accepted: AWS shows it late. */
const looksThatTell = 3;

/** Whether AWS could have told that nothing runs: the lists were answered often enough, or nobody asked for them. */
function couldKnow({ silentAfter, rules }: Draw, { aws }: World): boolean {
  const looks = aws.requests.filter((it) => it.operation === "ListCommands");
  const isTooSlow = rules.some(
    (rule) =>
      rule.operation === "ListCommands" &&
      rule.kind === "delay" &&
      rule.ms > requestSeconds * 1_000,
  );
  const answered = looks.filter(({ outcome }) => outcome === "ok").length;
  return (
    silentAfter === undefined &&
    !isTooSlow &&
    (looks.length === 0 || answered >= looksThatTell)
  );
}

/** A slower answer counts as none. */
const requestSeconds = 20;

function complaintsOf(ended: {
  ran: number;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  couldKnow: boolean;
}): string[] {
  const { ran, exitCode, signal, stderr } = ended;
  const line = stderr.trim().split("\n").at(-1) ?? "";
  const said = `exit ${exitCode ?? signal}: ${line}`;
  if (ran > 1) return [`ran ${ran} times; ${said}`];
  // nobody can say anything any more
  if (signal !== null) return [];
  if (ran === 1)
    return /never began|nothing was sent|not begun/.test(line)
      ? [`ran, and is said not to have; ${said}`]
      : [];
  if (exitCode === 5) return [`did not run, and ended as if it had; ${said}`];
  if (!/^rundeck-ssm: (?!note)/m.test(stderr))
    return [`did not run, and nothing says so; ${said}`];
  // where AWS never answered again that is all that can be said
  return /may be running/.test(line) && ended.couldKnow
    ? [`did not run, and is said to be running perhaps; ${said}`]
    : [];
}

async function killIn({ kill }: Draw, running: Running): Promise<void> {
  if (!kill) return;
  const at = performance.now() + kill.afterMs;
  await until(running, () => performance.now() > at);
  if (!running.hasEnded) running.kill(kill.signal);
}

async function silence(
  { silentAfter }: Draw,
  { aws, fails }: World,
  running: Running,
): Promise<void> {
  if (silentAfter === undefined) return;
  await until(running, () => aws.requests.length >= silentAfter);
  fails({ kind: "silent", when: "before" });
}

function cellOf({ clockMinutes }: Draw): Cell {
  const clock = systemLocalClock();
  const expected = {
    happens: "runs once, or not at all",
    exit: "own" as const,
    runs: "0 or 1" as const,
    longestSeconds: 200,
  };
  return {
    id: "executor/once",
    pipeline: "executor",
    expected,
    fault: {
      id: "once",
      fault: "chances",
      expected,
      account: {
        clock: {
          ...clock,
          now: () => clock.now() + clockMinutes * 60_000,
        },
      },
    },
  };
}
