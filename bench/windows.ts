import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { composeRunner } from "../src/command/runner/compose.ts";
import type { RunnerRequest } from "../src/command/runner/request.ts";
import { z } from "zod";
import type { Contender } from "./contenders.ts";
import { formatTable, median } from "./figures.ts";
import { measure } from "./measure.ts";
import type { Measurement, Surroundings } from "./measure.ts";

const command = "Write-Output hello; exit 3";

/** What carries the command to the agent: nothing, or a runner. */
type Carrier = { name: string; compose: (request: RunnerRequest) => string };

/** The runner of the version that run.mjs was told to bundle. */
export async function otherRunner(): Promise<Carrier["compose"]> {
  const bundle = path.join(
    import.meta.dirname,
    "..",
    "dist",
    "bench-other.mjs",
  );
  const isRunner = (value: unknown) => typeof value === "function";
  return z
    .object({ composeRunner: z.custom<Carrier["compose"]>(isRunner) })
    .parse(await import(pathToFileURL(bundle).href)).composeRunner;
}

/**
 * What the runner adds to a short command on Windows, beside the bare command and, where `other` is the source of
 * another version's runner, beside that. Processes of Wine belong to nobody who waits for them, so they are adopted.
 */
export async function benchWindows(
  surroundings: Surroundings,
  rounds: number,
  other: Carrier["compose"] | undefined,
): Promise<string> {
  const program = process.env["RUNDECK_SSM_POWERSHELL"];
  if (program === undefined)
    return "RUNDECK_SSM_POWERSHELL names no program that runs Windows' PowerShell: left out";
  const carriers: Carrier[] = [
    { name: "bare command", compose: (request) => request.command },
    { name: "in a second PowerShell", compose: nest },
    { name: "with the runner", compose: composeRunner },
    ...(other ? [{ name: "with the other", compose: other }] : []),
  ];
  await using windows = await keepWindows(program, surroundings.home);
  const taken = new Map<string, Measurement[]>(
    carriers.map(({ name }) => [name, []]),
  );
  // the first of each fills caches
  for (let round = -1; round < rounds; round += 1)
    for (const carrier of carriers) {
      const run = await measureOne(windows.program, carrier, surroundings);
      if (round >= 0) taken.get(carrier.name)?.push(run);
    }
  return report(carriers, taken, rounds);
}

/** As the SSM agent starts a script. Source: agent 3.3, appconfig for Windows. */
async function measureOne(
  program: string,
  carrier: Carrier,
  surroundings: Surroundings,
): Promise<Measurement> {
  const script = path.join(surroundings.home, "_script.ps1");
  await writeFile(script, `\uFEFF${carrier.compose(toRequest())}\n`);
  const contender: Contender = {
    name: carrier.name,
    start: () => ({
      words: [
        program,
        ..."-InputFormat None -Noninteractive -NoProfile -ExecutionPolicy unrestricted -f".split(
          " ",
        ),
        script,
      ],
    }),
  };
  const request = { instanceId: "", command, exitCode: 3 };
  return measure(contender, surroundings, request, "--orphans");
}

/** The least that a runner can add which does not share its process with the command. */
function nest(request: RunnerRequest): string {
  return `& "$PSHOME\\powershell.exe" -InputFormat None -NoLogo -NonInteractive -NoProfile -Command '${request.command}'; exit $LASTEXITCODE`;
}

function toRequest(): RunnerRequest {
  return {
    runId: randomBytes(12).toString("hex"),
    platform: "windows",
    command,
    timeoutSeconds: 600,
    graceSeconds: 2,
    variables: new Map(),
    maxBytes: 8 * 1024 * 1024,
    live: false,
  };
}

/** With a process that stays, as there always is one: else Wine would start and end its services with each run. */
async function keepWindows(
  program: string,
  folder: string,
): Promise<AsyncDisposable & { program: string }> {
  const script = path.join(folder, "keep.ps1");
  await writeFile(script, "\uFEFF'up'; Start-Sleep 100000\n");
  const child = spawn(program, ["-NoProfile", "-f", script], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  const closed = once(child, "close");
  await once(child.stdout, "data");
  return {
    program,
    [Symbol.asyncDispose]: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await closed;
    },
  };
}

function report(
  carriers: readonly Carrier[],
  taken: ReadonlyMap<string, Measurement[]>,
  rounds: number,
): string {
  const [bare = [], nested = [], ours = [], other] = carriers.map(
    ({ name }) => taken.get(name) ?? [],
  );
  const rows = carriers.map(({ name }) => {
    const runs = taken.get(name) ?? [];
    return [
      name,
      median(runs.map((run) => run.cpuMs)).toFixed(0),
      median(runs.map((run) => run.wallMs)).toFixed(0),
    ];
  });
  const share = (runs: Measurement[], what: "cpuMs" | "wallMs") =>
    runs.map((run, i) => run[what] - (bare[i]?.[what] ?? Number.NaN));
  const compare = (what: "cpuMs" | "wallMs") => {
    const toBare = (runs: Measurement[]) =>
      median(
        share(runs, what).map((ms, i) => ms / (bare[i]?.[what] ?? Number.NaN)),
      ).toFixed(2);
    const added = share(ours, what);
    const line = `the runner's share: ${toBare(ours)} of the bare command (a second PowerShell's alone: ${toBare(nested)})`;
    if (!other) return line;
    // (a difference of two single runs may be nearly nothing, and must not be divided by)
    const toOther = median(added) / median(share(other, what));
    return `${line}, ${toOther.toFixed(2)} of the other's share`;
  };
  return [
    `On Windows "${command}", medians of ${rounds} interleaved rounds`,
    formatTable([["", "CPU ms", "wall ms"], ...rows]),
    `CPU: ${compare("cpuMs")}`,
    `wall: ${compare("wallMs")}`,
  ].join("\n");
}
