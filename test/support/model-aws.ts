import { AsyncLocalStorage } from "node:async_hooks";
import { SSMServiceException } from "@aws-sdk/client-ssm";
import { openCaller } from "../../src/aws/call.ts";
import type { Gate } from "../../src/aws/gate.ts";
import type { RunCommand } from "../../src/aws/run-command.ts";
import type { SendRequest } from "../../src/aws/ssm.ts";
import type { Journey, Transport } from "../../src/aws/transport.ts";
import type { Clock } from "../../src/kernel/clock.ts";

/** How AWS behaves; what is left out is the most obliging. */
export type Behaviour = {
  /** Of a request, there and back. */
  latencyMs?: number;
  /** Before a request is written. */
  connectMs?: number;
  /** A new command is not shown for so long. */
  invisibleMs?: number;
  /** How long a command takes on a node, from its send. */
  runMs?: (instanceId: string) => number;
  /** Requests a second of each action, and how many at once. */
  rate?: { perSecond: number; burst: number };
  /** What becomes of a request: AWS's refusal by name, or an answer that is lost after the work is done or before it. */
  fate?: (request: ModelRequest) => Fate | undefined;
  output?: (instanceId: string) => string;
  gate?: Gate;
};

export type Fate =
  | { kind: "refused"; name: string; status?: number; message?: string }
  | { kind: "lost"; isDone: boolean }
  /** AWS takes its time before the work, which it does whoever has left by then, and for the answer. */
  | { kind: "slow"; beforeMs: number; afterMs: number };

export type ModelRequest = {
  action: string;
  atMs: number;
  instanceIds: readonly string[];
  commandId?: string;
};

type ModelNode = { endsAtMs: number; status: "Success" | "Cancelled" };

type ModelCommand = {
  commandId: string;
  comment: string;
  sentAtMs: number;
  nodes: Map<string, ModelNode>;
};

/** Run Command in memory, behind the very code that makes our requests. */
export function openModelAws(clock: Clock, behaviour: Behaviour = {}) {
  const { latencyMs = 80, connectMs = 0, invisibleMs = 0 } = behaviour;
  const { runMs = () => 5_000, output = (id) => `out of ${id}` } = behaviour;
  const requests: ModelRequest[] = [];
  const refused: string[] = [];
  const commands = new Map<string, ModelCommand>();
  const sent = new Map<string, SendRequest[]>();
  const given: { commandId: string; instanceId: string; text: string }[] = [];
  const admits = openBuckets(clock, behaviour.rate);
  const { transport, current } = openTransport();
  const call = openCaller(
    {
      region: "eu-west-1",
      transport,
      credentials: {
        renew: async () => undefined,
        provide: async () => ({ accessKeyId: "A", secretAccessKey: "S" }),
        forget: () => undefined,
        describe: () => "keys",
      },
      ...(behaviour.gate ? { gate: behaviour.gate } : {}),
    },
    clock,
  );
  const travel = async <T>(
    asked: Omit<ModelRequest, "atMs">,
    { abortSignal }: { abortSignal: AbortSignal },
    answer: () => T,
  ): Promise<T> => {
    const journey = current();
    journey.stage = "connecting";
    await clock.sleep(connectMs, abortSignal);
    if (abortSignal.aborted) throw broken("ABORT");
    journey.stage = "connected";
    await clock.sleep(latencyMs / 2);
    const request = { ...asked, atMs: clock.now() };
    requests.push(request);
    const fate = behaviour.fate?.(request);
    const isAdmitted = admits(asked.action);
    if (!isAdmitted) refused.push(asked.action);
    const isDone =
      isAdmitted &&
      (fate?.kind !== "lost" || fate.isDone) &&
      fate?.kind !== "refused" &&
      !abortSignal.aborted;
    if (fate?.kind === "slow") await clock.sleep(fate.beforeMs);
    const done = isDone ? answer() : undefined;
    const lateMs = fate?.kind === "slow" ? fate.afterMs : 0;
    await clock.sleep(latencyMs / 2 + lateMs, abortSignal);
    if (abortSignal.aborted || fate?.kind === "lost")
      throw broken("ECONNRESET");
    journey.stage = "answered";
    if (!isAdmitted) throw refusal("ThrottlingException");
    if (fate?.kind === "refused")
      throw refusal(fate.name, fate.status, fate.message);
    if (done === undefined) throw new Error("the model made no answer");
    return done;
  };
  const view = (command: ModelCommand, instanceId: string) => {
    const node = command.nodes.get(instanceId);
    const now = clock.now();
    if (!node || now < command.sentAtMs + invisibleMs) return undefined;
    if (now >= node.endsAtMs) return node.status;
    return now < command.sentAtMs + 200 ? "Pending" : "InProgress";
  };
  const shown = (commandId: string) => {
    const command = commands.get(commandId);
    if (!command) throw refusal("InvalidCommandId");
    return command;
  };
  const client: RunCommand = {
    sendTo: (ids, request, to) =>
      call("ssm:SendCommand", to, (limits) => {
        const instanceIds = [...ids()];
        const asked = { action: "ssm:SendCommand", instanceIds };
        return travel(asked, limits, () => {
          const commandId = `c-${commands.size + 1}`;
          const nodes = new Map<string, ModelNode>(
            instanceIds.map((id) => {
              sent.set(id, [...(sent.get(id) ?? []), request]);
              const text = request.parameters["commands"]?.join() ?? "";
              given.push({ commandId, instanceId: id, text });
              const endsAtMs = clock.now() + runMs(id);
              return [id, { endsAtMs, status: "Success" }];
            }),
          );
          const { comment } = request;
          const sentAtMs = clock.now();
          commands.set(commandId, { commandId, comment, sentAtMs, nodes });
          return commandId;
        });
      }),
    read: ({ commandId, instanceId }, to) =>
      call("ssm:GetCommandInvocation", to, (limits) => {
        const action = "ssm:GetCommandInvocation";
        const asked = { action, commandId, instanceIds: [instanceId] };
        return travel(asked, limits, () => {
          const status = view(shown(commandId), instanceId) ?? "NotVisible";
          const hasEnded = status === "Success";
          return {
            status,
            responseCode: hasEnded ? 0 : -1,
            stdout: hasEnded ? output(instanceId) : "",
            stderr: "",
            ...(status === "Cancelled" ? { elapsedMs: 1 } : {}),
          };
        });
      }),
    list: (commandId, to) =>
      call("ssm:ListCommandInvocations", to, (limits) => {
        const action = "ssm:ListCommandInvocations";
        const asked = { action, commandId, instanceIds: [] };
        return travel(asked, limits, () => {
          const command = shown(commandId);
          const invocations = [...command.nodes.keys()].flatMap(
            (instanceId) => {
              const status = view(command, instanceId);
              if (!status) return [];
              const hasEnded = status === "Success";
              const script = {
                responseCode: hasEnded ? 0 : -1,
                output: hasEnded ? output(instanceId).slice(0, 2_500) : "",
              };
              return [{ instanceId, status, script }];
            },
          );
          return { invocations };
        });
      }),
    cancelOn: (commandId, instanceIds, to) =>
      call("ssm:CancelCommand", to, async (limits) => {
        const asked = { action: "ssm:CancelCommand", commandId, instanceIds };
        await travel(asked, limits, () => {
          for (const id of instanceIds) {
            const node = shown(commandId).nodes.get(id);
            if (!node || node.endsAtMs <= clock.now()) continue;
            node.endsAtMs = clock.now() + 300;
            node.status = "Cancelled";
          }
          return true;
        });
      }),
    find: ({ instanceId, runId }, to) =>
      call("ssm:ListCommands", to, async (limits) => {
        const asked = { action: "ssm:ListCommands", instanceIds: [instanceId] };
        const { found } = await travel(asked, limits, () => ({
          found: [...commands.values()].find(
            (one) =>
              one.comment.includes(runId) &&
              one.nodes.has(instanceId) &&
              clock.now() >= one.sentAtMs + invisibleMs,
          ),
        }));
        return (
          found && {
            commandId: found.commandId,
            instanceIds: [...found.nodes.keys()],
          }
        );
      }),
    describe: (instanceIds, to) =>
      call("ssm:DescribeInstanceInformation", to, (limits) => {
        const action = "ssm:DescribeInstanceInformation";
        return travel(
          { action, instanceIds },
          limits,
          () =>
            new Map(
              instanceIds.map((id) => [
                id,
                { kind: "managed", ping: "Online" },
              ]),
            ),
        );
      }),
    close: () => undefined,
  };
  return {
    client,
    requests,
    /** Refused for the rate, by action. */
    throttled: refused,
    /** What each node was given to run. */
    sent,
    /** The same, with the command that it was. */
    given,
    ofAction: (action: string) =>
      requests.filter((request) => request.action === action),
  };
}

function openTransport() {
  const journeys = new AsyncLocalStorage<Journey>();
  const transport: Pick<Transport, "travel"> & Transport = {
    sdk: { defaultsMode: "legacy" },
    handler: () => {
      throw new Error("the model needs no network");
    },
    travel: (work) => {
      const journey: Journey = { stage: "unsent" };
      return journeys.run(journey, () => work(journey));
    },
  };
  const current = (): Journey => journeys.getStore() ?? { stage: "unsent" };
  return { transport, current };
}

function openBuckets(clock: Clock, rate: Behaviour["rate"]) {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (action: string): boolean => {
    if (!rate) return true;
    const { perSecond, burst } = rate;
    const now = clock.now();
    const bucket = buckets.get(action) ?? { tokens: burst, atMs: now };
    buckets.set(action, bucket);
    const gained = ((now - bucket.atMs) / 1_000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.atMs = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };
}

function refusal(name: string, httpStatusCode = 400, message = "AWS's text") {
  const $metadata = { httpStatusCode, requestId: "r-1" };
  return new SSMServiceException({
    name,
    message,
    $fault: "client",
    $metadata,
  });
}

function broken(code: string): Error {
  return Object.assign(new Error("the connection broke"), { code });
}
