import { type AgentMessage, nameOfStep } from "./message.ts";
import { type PluginReply, replyArrives } from "./reply.ts";

/** Source: SSM agent 3.3, observed: five commands run at once, five wait, the service keeps the rest. */
const slots = { running: 5, queued: 5 };

/** Where an agent's answers about a command go. */
export type Answer = {
  /** The steps that have ended while others are to come. */
  partial(plugins: PluginReply[]): void;
  final(plugins: PluginReply[]): void;
};

/** The agent itself could not do its work: no disk, no permission. */
function failedReply(message: AgentMessage, error: unknown): PluginReply {
  const stderr = `failed to run commands: ${String(error)}`;
  const [step] = message.steps;
  return {
    name: step ? nameOfStep(step) : "",
    status: "Failed",
    statusDetails: "Failed",
    responseCode: 1,
    stdout: "",
    stderr,
    output: stderr,
    startedAtMs: 0,
    finishedAtMs: 0,
  };
}

/** A node's agent: takes commands, runs them, answers. */
export type Agent = {
  accept(message: AgentMessage, answer: Answer): "accepted" | "refused";
  /** Kills a running command. A queued one is dropped, and nobody ever hears of it again. */
  cancel(commandId: string): void;
  /** Cancels everything and resolves when nothing runs any more. */
  stop(): Promise<void>;
};

export type AgentWork = {
  /** Undefined: there will never be an answer. */
  run(
    message: AgentMessage,
    cancel: AbortSignal,
    report: (plugins: PluginReply[]) => void,
  ): Promise<PluginReply[] | undefined>;
  /** A slot is free: the service may deliver what was refused. */
  onRoom(): void;
};

type Job = { message: AgentMessage; answer: Answer };

export function createAgent(work: AgentWork): Agent {
  const running = new Map<string, AbortController>();
  const finishing = new Set<Promise<void>>();
  let queued: Job[] = [];
  let stopped = false;

  function start(job: Job): void {
    const cancelling = new AbortController();
    running.set(job.message.commandId, cancelling);
    const finished = execute(job, cancelling.signal).finally(() => {
      running.delete(job.message.commandId);
      finishing.delete(finished);
      startNext();
    });
    finishing.add(finished);
  }

  async function execute(job: Job, cancel: AbortSignal): Promise<void> {
    const report = (plugins: PluginReply[]) => {
      if (!stopped && replyArrives(plugins)) job.answer.partial(plugins);
    };
    const plugins = await work
      .run(job.message, cancel, report)
      .catch((error: unknown) => [failedReply(job.message, error)]);
    if (stopped || plugins === undefined || !replyArrives(plugins)) return;
    job.answer.final(plugins);
  }

  function startNext(): void {
    if (stopped) return;
    const next = queued.shift();
    if (next) start(next);
    work.onRoom();
  }

  return {
    accept: (message, answer) => {
      const job = { message, answer };
      if (stopped) return "refused";
      if (running.size < slots.running) start(job);
      else if (queued.length < slots.queued) queued.push(job);
      else return "refused";
      return "accepted";
    },
    cancel: (commandId) => {
      running.get(commandId)?.abort();
      queued = queued.filter((job) => job.message.commandId !== commandId);
    },
    stop: async () => {
      stopped = true;
      queued = [];
      for (const cancelling of running.values()) cancelling.abort();
      await Promise.all(finishing);
    },
  };
}
