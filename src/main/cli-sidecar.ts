import { BridgeError } from "../kernel/errors.ts";
import { quote } from "../settings/explain.ts";
import { askAll } from "../sidecar/ask.ts";
import type { Asked } from "../sidecar/ask.ts";
import { formatMetrics } from "../sidecar/metrics.ts";
import type { Arguments, OptionKind } from "./arguments.ts";
import type { Ending } from "./exit.ts";
import type { Shell } from "./shell.ts";
import { formatStatus } from "./sidecar-table.ts";

export function kindOfSidecarOption(name: string): OptionKind {
  if (name === "json") return "flag";
  return name === "server" ? "value" : undefined;
}

/** `rundeck-ssm sidecar status|stop|metrics [--server PID]`: of all this user's sidecars on this machine; there is one a Rundeck server and version. */
export async function sidecarCommand(
  shell: Shell,
  { options, words, rest }: Arguments,
  { hasColours }: { hasColours: boolean },
): Promise<Ending> {
  const [verb = "", ...more] = [...words, ...rest];
  if (more.length > 0 || (options.has("json") && verb !== "status")) refuse();
  const serverPid = parseServer(options.get("server"));
  switch (verb) {
    case "status": {
      const sidecars = await ask("status", serverPid);
      return options.has("json")
        ? print(shell, formatJson(sidecars))
        : tellStatus(shell, sidecars, hasColours);
    }
    case "stop":
      return tellStop(shell, await ask("stop", serverPid));
    case "metrics":
      return tellMetrics(shell, await ask("status", serverPid));
    default:
      return refuse();
  }
}

function refuse(): never {
  throw new BridgeError(
    "setting-missing",
    "write rundeck-ssm sidecar status, status --json, stop or metrics, for one Rundeck server with --server PID",
  );
}

function parseServer(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw new BridgeError(
      "setting-invalid",
      `--server is ${quote(text)}: it must be the process id of a Rundeck server`,
    );
  return Number(text);
}

function ask(
  question: "status" | "stop",
  serverPid: number | undefined,
): Promise<Asked[]> {
  const base = `/tmp/.rundeck-ssm-${process.getuid?.() ?? 0}`;
  return askAll(base, question, serverPid);
}

function formatJson(sidecars: readonly Asked[]): string {
  const told = sidecars.map((asked) =>
    asked.state === "answers" ? { state: asked.state, ...asked.status } : asked,
  );
  return `${JSON.stringify(told, undefined, 2)}\n`;
}

function tellStatus(
  shell: Shell,
  sidecars: readonly Asked[],
  hasColours: boolean,
): Promise<Ending> {
  if (sidecars.length === 0) return tellNone(shell);
  const tables = sidecars.map((asked) => formatStatus(asked, { hasColours }));
  return print(shell, tables.join("\n"));
}

async function tellStop(
  shell: Shell,
  sidecars: readonly Asked[],
): Promise<Ending> {
  if (sidecars.length === 0) return tellNone(shell);
  const lines = sidecars.flatMap((asked) => {
    if (asked.state !== "answers") return [];
    const { pid, serverPid, runs } = asked.status;
    const then =
      runs.running === 0
        ? "ends"
        : `ends after ${runs.running === 1 ? "the execution that is" : `the ${runs.running} executions that are`} under way, and takes no more`;
    return [`sidecar ${pid} of server ${serverPid} ${then}\n`];
  });
  await print(shell, lines.join(""));
  refuseSilent(sidecars);
  return { exitCode: 0 };
}

async function tellMetrics(
  shell: Shell,
  sidecars: readonly Asked[],
): Promise<Ending> {
  if (sidecars.length === 0) return tellNone(shell);
  const measured = sidecars.flatMap((asked) =>
    asked.state === "answers" ? [{ status: asked.status, isUp: true }] : [],
  );
  await print(shell, formatMetrics(measured));
  refuseSilent(sidecars);
  return { exitCode: 0 };
}

/** It can't be done with those, and whoever asked has to know. */
function refuseSilent(sidecars: readonly Asked[]): void {
  const silent = sidecars.flatMap((asked) =>
    asked.state === "answers"
      ? []
      : [`${asked.pid} of server ${asked.serverPid} (${asked.state})`],
  );
  if (silent.length > 0)
    throw new BridgeError(
      "sidecar-silent",
      `no answer from sidecar ${silent.join(", ")}; kill -KILL ends one, and its executions go on in processes of their own`,
    );
}

/** Nothing is wrong: one is there only as long as it is used. */
async function tellNone(shell: Shell): Promise<Ending> {
  await shell.stderr.writeLine(
    "no sidecar is running; the next execution starts one\n",
  );
  return { exitCode: 0 };
}

async function print(shell: Shell, text: string): Promise<Ending> {
  await shell.stdout.write(Buffer.from(text));
  return { exitCode: 0 };
}
