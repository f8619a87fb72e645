import { BridgeError } from "../kernel/errors.ts";
import { startLocalAws } from "../local/local-aws.ts";
import type { LocalAws, LocalAwsOptions } from "../local/local-aws.ts";
import { parseArguments } from "./arguments.ts";
import type { Arguments } from "./arguments.ts";
import type { Ending } from "./exit.ts";
import { runProcess } from "./process.ts";
import type { Shell } from "./shell.ts";
import { openWindows } from "./windows-nodes.ts";

const usage = `rundeck-ssm local [--port P] [--nodes N] [--windows N] [--bucket NAME] [--log-group NAME] [--tps N]
  a local AWS (Run Command, S3, CloudWatch Logs, STS, EC2) on 127.0.0.1 whose nodes really run commands here:
  P is any free port, N is 3 nodes; --windows adds N Windows nodes, whose scripts the program in
  RUNDECK_SSM_POWERSHELL runs; the bucket and the log group are made at the start;
  --tps N throttles more than N requests of one operation in a second.
  Prints one line of JSON when it is ready; ends with its standard input, or by TERM.
`;

/**
 * `npx rundeck-ssm local`, a program of the repository's that no release has: the local AWS, until TERM, INT or the end of standard input.
 * Prints one line of JSON when it is ready.
 */
void runProcess(process, async (shell) => {
  const words = process.argv.slice(2);
  if (words.includes("--help") || words.includes("-h")) {
    await shell.stdout.write(Buffer.from(usage));
    return { exitCode: 0 };
  }
  return runLocalAws(shell, parseArguments(["local", ...words]));
});

async function runLocalAws(shell: Shell, given: Arguments): Promise<Ending> {
  const known = new Set([
    "port",
    "nodes",
    "windows",
    "bucket",
    "log-group",
    "tps",
  ]);
  const strange = [...given.options.keys()].find((name) => !known.has(name));
  if (strange !== undefined)
    throw new BridgeError(
      "setting-invalid",
      `local has no option --${strange}; it has --${[...known].join(", --")}`,
    );
  const [word] = given.words;
  if (word !== undefined)
    throw new BridgeError(
      "setting-invalid",
      `local takes options alone, and no ${JSON.stringify(word)}: remove it`,
    );
  const port = readCount(given, "port", 65_535);
  const nodes = readCount(given, "nodes", 10_000);
  const windows = openWindows(readCount(given, "windows", 10_000));
  const tps = readCount(given, "tps", 1_000_000);
  const bucket = given.options.get("bucket");
  const logGroup = given.options.get("log-group");
  await using local = await openLocalAws({
    ...(port === undefined ? {} : { port }),
    ...(nodes === undefined ? {} : { nodes }),
    ...windows,
    ...(tps === undefined ? {} : { requestsPerSecond: tps }),
    ...(bucket === undefined ? {} : { bucket }),
    ...(logGroup === undefined ? {} : { logGroup }),
  });
  const { endpoint, region, instanceIds } = local;
  const ready = {
    endpoint,
    region,
    instanceIds,
    bucket: bucket ?? null,
    logGroup: logGroup ?? null,
  };
  await shell.stdout.write(Buffer.from(`${JSON.stringify(ready)}\n`));
  await stopped(shell.signal);
  process.stdin.destroy();
  return { exitCode: 0 };
}

async function openLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  try {
    return await startLocalAws(options);
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause && "code" in cause))
      throw cause;
    if (cause.syscall !== "listen") throw cause;
    const { port = 0 } = options;
    const problem =
      cause.code === "EADDRINUSE"
        ? `port ${port} is taken`
        : `port ${port} can't be opened (${String(cause.code)})`;
    throw new BridgeError(
      "setting-invalid",
      `${problem}: name another one with --port, or none for any that is free`,
      { cause },
    );
  }
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
    process.stdin.on("end", () => resolve());
    process.stdin.on("error", () => resolve());
    process.stdin.resume();
  });
}

function readCount(
  { options }: Arguments,
  name: string,
  most: number,
): number | undefined {
  const text = options.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new BridgeError(
    "setting-invalid",
    `--${name} has to be a whole number up to ${most}`,
  );
}
