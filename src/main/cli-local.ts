import { BridgeError } from "../kernel/errors.ts";
import type { Arguments } from "./arguments.ts";
import type { Ending } from "./exit.ts";
import type { Shell } from "./process.ts";

/**
 * `rundeck-ssm local`: the local AWS, until TERM, INT or the end of standard input. Prints one line of JSON when it is ready.
 */
export async function localCommand(
  shell: Shell,
  given: Arguments,
): Promise<Ending> {
  const known = new Set(["port", "nodes", "bucket", "log-group", "tps"]);
  const strange = [...given.options.keys()].find((name) => !known.has(name));
  if (strange !== undefined)
    throw new BridgeError(
      "setting-invalid",
      `local has no option --${strange}; it has --${[...known].join(", --")}`,
    );
  const port = readCount(given, "port", 65_535);
  const nodes = readCount(given, "nodes", 10_000);
  const tps = readCount(given, "tps", 1_000_000);
  const bucket = given.options.get("bucket");
  const logGroup = given.options.get("log-group");
  const { startLocalAws } = await import("../local/local-aws.ts");
  await using local = await startLocalAws({
    ...(port === undefined ? {} : { port }),
    ...(nodes === undefined ? {} : { nodes }),
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
