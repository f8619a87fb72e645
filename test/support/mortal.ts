import { systemClock } from "../../src/kernel/clock.ts";
import { runEntry } from "../../src/main/shell.ts";
import type { Entry, Shell } from "../../src/main/shell.ts";
import { openServices } from "../../src/services/services.ts";
import type { StreamName } from "../../src/output/chunk.ts";

/** What a process that may die has told and printed. */
export type Life = {
  traces: string[];
  printed: Record<StreamName, Buffer>;
  /** The names of the calls to AWS. */
  calls: string[];
};

/** When it dies: asked before and after each call to AWS, trace and write, with what is about to happen or has happened. */
export type Death = (life: Life, moment: Moment) => boolean;
export type Moment = {
  kind: "call" | "answer" | "trace" | "print";
  name: string;
};

/** What the dead wait for: kept, so that what they have opened is not collected, which Node complains of. */
const graves: unknown[] = [];

/**
 * Runs an entry as a process that tells traces, and that dies: from then on nothing of it happens any more, though what it has sent takes
 * its effect. Resolves when it is dead, or has ended.
 */
export async function liveAndDie(
  entry: Entry,
  environment: Record<string, string>,
  death: Death,
): Promise<Life & { exitCode?: number; notes: string[] }> {
  const life: Life = {
    traces: [],
    printed: { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) },
    calls: [],
  };
  const notes: string[] = [];
  const dead = new AbortController();
  const pass = async (moment: Moment) => {
    if (!dead.signal.aborted && death(life, moment)) dead.abort();
    if (dead.signal.aborted)
      await new Promise((resolve) => void graves.push(resolve));
  };
  const sink = (name: StreamName): Shell["stdout"] => ({
    isOpen: () => true,
    failure: () => undefined,
    write: async (bytes) => {
      await pass({ kind: "print", name });
      life.printed[name] = Buffer.concat([life.printed[name], bytes]);
    },
    writeLine: async (text) => void notes.push(text),
  });
  const never = new AbortController().signal;
  const shell: Shell = {
    clock: systemClock(),
    environment,
    log: { note: (text) => void notes.push(text) },
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    signal: never,
    last: never,
    openServices: (asker, clock) => {
      const services = openServices(asker, clock);
      const { ssm, openLogs, openObjects } = services;
      return {
        ...services,
        ssm: mortal(ssm, life, pass),
        openLogs: async () => mortal(await openLogs(), life, pass),
        openObjects: async (options) =>
          mortal(await openObjects(options), life, pass),
      };
    },
    nodeName: "",
    trace: async (word) => {
      life.traces.push(word);
      await pass({ kind: "trace", name: word });
    },
  };
  const ended = runEntry(entry, shell).then((exitCode) => ({ exitCode }));
  const died = new Promise<object>((resolve) => {
    dead.signal.addEventListener("abort", () => resolve({}));
  });
  return { ...life, notes, ...(await Promise.race([ended, died])) };
}

/** A client of AWS whose calls may be the last thing that happens. */
function mortal<T extends object>(
  client: T,
  life: Life,
  pass: (moment: Moment) => Promise<void>,
): T {
  return new Proxy(client, {
    get: (target, property, receiver) => {
      const method: unknown = Reflect.get(target, property, receiver);
      if (typeof method !== "function") return method;
      const name = String(property);
      return (...args: unknown[]) => {
        const isOwn = ["newRunId", "close", "region"].includes(name);
        if (isOwn) return Reflect.apply(method, target, args);
        return (async () => {
          life.calls.push(name);
          await pass({ kind: "call", name });
          const answer: unknown = await Reflect.apply(method, target, args);
          await pass({ kind: "answer", name });
          return answer;
        })();
      };
    },
  });
}

/** What the client of such a process hands over. */
export function handoverOf(
  { traces, printed }: Life,
  killedMsAgo?: number,
): Record<string, string> {
  const { stdout, stderr } = printed;
  const endsLine = (bytes: Buffer) => [undefined, 0x0a].includes(bytes.at(-1));
  const unended = `${endsLine(stdout) ? "" : "o"}${endsLine(stderr) ? "" : "e"}`;
  return {
    // it is for a process of its own
    RUNDECK_SSM_SIDECAR: "off",
    RUNDECK_SSM_RESUME: `${traces.at(-1) ?? "-"} ${stdout.length} ${stderr.length} ${unended || "."}`,
    ...(killedMsAgo === undefined
      ? {}
      : { RUNDECK_SSM_KILLED: String(killedMsAgo) }),
  };
}
