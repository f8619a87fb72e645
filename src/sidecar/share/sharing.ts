import type { Call, Requester } from "../../aws/companions.ts";
import type { RunCommand } from "../../aws/run-command.ts";
import type { SendRequest, Ssm } from "../../aws/ssm.ts";
import { isFinal } from "../../exec/follow.ts";
import type { Clock } from "../../kernel/clock.ts";
import { openCancels } from "./cancels.ts";
import { openDescribes } from "./describes.ts";
import { openDurations } from "./durations.ts";
import { openFinds } from "./finds.ts";
import { openReads } from "./reads.ts";
import { openRunIds } from "./run-ids.ts";
import type { NamedRun } from "./run-ids.ts";
import { openSends } from "./sends.ts";
import { openThreads } from "./threads.ts";

/** A run that shares a client with others. */
export type SharingRun = Requester & {
  /** So many executions of its job run at once, at most; absent: nobody knows. */
  threads?: number;
};

/** One client of Run Command for many runs: what they ask alike is asked once. */
export type Sharing = {
  /** Run Command for one run, which closes it when it ends, however. That leaves the client open. */
  port(run: SharingRun): Ssm;
  /** What runs have asked for, by IAM's name of the action: what was asked of AWS is less. */
  asked(): ReadonlyMap<string, number>;
  /** Resolves when every cancel under way has been made, or given up. */
  allCancelled(): Promise<void>;
  close(): void;
};

export type SharingPorts = {
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  /** 24 hex digits that nobody can guess. */
  newRunId: () => string;
};

export function openSharing(client: RunCommand, ports: SharingPorts): Sharing {
  const parts = openParts(client, ports);
  return {
    port: (run) => openPort(parts, run),
    asked: () => parts.asked,
    allCancelled: () => parts.cancels.allMade(),
    close: () => client.close(),
  };
}

type Parts = ReturnType<typeof openParts>;

function openParts(
  client: RunCommand,
  { clock, random, newRunId }: SharingPorts,
) {
  const lists = { isDenied: false };
  const watching = { client, clock, random, lists };
  const reads = openReads(watching, openDurations());
  const finds = openFinds(client, clock);
  const sends = openSends(client, clock, {
    onTaken: ({ runId }, instanceIds) => {
      runIds.close(runId);
      finds.note(runId, instanceIds);
    },
    onAccepted: (run, commandId, instanceIds) =>
      reads.note({ commandId, instanceIds, run }),
  });
  const runIds = openRunIds(clock, newRunId, (id) => sends.isHeld(id));
  return {
    reads,
    finds,
    sends,
    runIds,
    newRunId,
    cancels: openCancels(client, clock),
    describes: openDescribes(client, clock),
    threads: openThreads(),
    asked: new Map<string, number>(),
  };
}

function openPort(parts: Parts, run: SharingRun): Ssm {
  const { reads, sends, finds, cancels, describes, asked } = parts;
  const { threads = Infinity, project, job, isUrgent } = run;
  const requester = { project, job, isUrgent };
  let free: (() => void) | undefined;
  const named: NamedRun[] = [];
  const count = (action: string) =>
    asked.set(action, (asked.get(action) ?? 0) + 1);
  const by = (action: string, call: Call): Call => {
    count(action);
    return { requester, ...call };
  };
  return {
    newRunId: (newRun) => {
      const name = parts.runIds.name(newRun);
      named.push(name);
      return name.runId;
    },
    send: async (request, call) => {
      const own = runOf(request, named) ?? { runId: parts.newRunId() };
      const others = threads - parts.threads.taken(job);
      const sending = { request, run: own, threads: others };
      const command = await sends.send(sending, by("ssm:SendCommand", call));
      free?.();
      free = parts.threads.take(job);
      return command;
    },
    waitsForNews: true,
    read: async (command, call) => {
      const invocation = await reads.read(command, { requester, ...call });
      // a wait without an answer of AWS's is none that a run of its own would have asked for
      if (!invocation.isAssumed) count("ssm:GetCommandInvocation");
      if (isFinal(invocation.status)) free?.();
      return invocation;
    },
    cancel: async (command, call) => {
      await cancels.cancel(command, by("ssm:CancelCommand", call));
      reads.hurry(command.commandId);
    },
    find: (search, call) => finds.find(search, by("ssm:ListCommands", call)),
    describe: (instanceId, call) =>
      describes.describe(
        instanceId,
        by("ssm:DescribeInstanceInformation", call),
      ),
    close: () => free?.(),
  };
}

/** Which of its names a run is sent by: it stands in the comment. */
function runOf(
  { comment }: SendRequest,
  named: readonly NamedRun[],
): NamedRun | undefined {
  return named.findLast(({ runId }) => comment.includes(runId));
}
