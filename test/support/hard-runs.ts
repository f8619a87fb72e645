import { spawn, spawnSync } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { createHash } from "node:crypto";
import {
  GetCommandInvocationCommand,
  ListCommandsCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { hardOutputs } from "./outputs.ts";
import type { HardOutput } from "./outputs.ts";

/** What a command wrote, to be compared: sizes, SHA-256 and exit code. */
export type Written = {
  stdout: string;
  stderr: string;
  exitCode: number | null;
};

/** A way that output takes, with the settings that choose it. */
export type OutputPath = {
  name: string;
  settings: Record<string, string>;
} & (
  | { carries: (output: HardOutput) => boolean; lengthen?: undefined }
  /** Every output, made so much longer that it has to take this way. */
  | { lengthen: true }
);

type DirectRun = { stdout: Buffer; stderr: Buffer; exitCode: number | null };

const whole = () => true;

export const outputPaths: readonly OutputPath[] = [
  { name: "SSM", settings: {}, carries: whole },
  { name: "pages", settings: {}, lengthen: true },
  {
    name: "S3",
    settings: { SSM_OUTPUT_BUCKET: "output", SSM_OUTPUT_LIMIT: "1000" },
    lengthen: true,
  },
  {
    name: "CloudWatch",
    settings: { CLOUDWATCH_LOG_GROUP: "output" },
    carries: whole,
  },
  {
    name: "polls",
    settings: { SSM_LIVE_OUTPUT: "true" },
    carries: ({ command }) => command.includes("sleep"),
  },
  {
    name: "bare",
    settings: { SSM_RUNNER: "none" },
    carries: ({ bare }) => bare === true,
  },
  {
    name: "bare CloudWatch",
    settings: { SSM_RUNNER: "none", CLOUDWATCH_LOG_GROUP: "output" },
    carries: ({ bareLogs }) => bareLogs === true,
  },
];

/** 32,000 characters that hardly become fewer when packed: more than one reply takes. */
const longTail = `awk 'BEGIN { srand(7); for (i = 0; i < 32000; i++) printf "%c", 33 + int(rand() * 90) }'`;

/** The same output, and behind it so much more that it comes in pages, or through a bucket. */
function lengthen(output: HardOutput): HardOutput {
  const command = `(\n${output.command}\n)\ncode=$?\n${longTail}\nexit $code`;
  if (!output.expect) return { ...output, command };
  const tail = spawnSync("/bin/sh", ["-c", longTail]).stdout.toString();
  const stdout = output.expect.stdout + tail;
  return { ...output, command, expect: { ...output.expect, stdout } };
}

export type HardRun = {
  title: string;
  path: string;
  /** How the output came: "plain", "packed" or "paged" by SSM, "live", "S3", or "bare" without the runner. */
  form: string;
  wanted: Written;
  got: Written;
};

/** Runs the plugin for a command on a node; the settings are plugin properties in Rundeck's spelling. */
export type Execute = (
  instanceId: string,
  command: string,
  settings: Record<string, string>,
) => Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number | null }>;

/**
 * Every hard output by every path that promises it, each node one at a time. `thinning`: of the lengthened ones only every so
 * many, since each of them takes several commands.
 */
export async function runHardOutputs(
  local: { endpoint: string; region: string; instanceIds: readonly string[] },
  execute: Execute,
  { thinning }: { thinning: number },
): Promise<HardRun[]> {
  const client = new SSMClient({
    endpoint: local.endpoint,
    region: local.region,
    credentials: { accessKeyId: "AKIALOCAL", secretAccessKey: "local" },
  });
  const jobs = hardOutputs.flatMap((one, index) =>
    outputPaths
      .filter((path, turn) =>
        path.lengthen ? (index + turn) % thinning === 0 : path.carries(one),
      )
      .map((path) => ({ output: path.lengthen ? lengthen(one) : one, path })),
  );
  const runs: HardRun[] = [];
  const work = async (instanceId: string) => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const { output, path } = job;
      const direct = await runDirectly(output);
      const got = await execute(instanceId, output.command, path.settings);
      runs.push({
        title: output.title,
        path: path.name,
        form: await formOf(client, instanceId, path),
        wanted: digest(direct, output),
        got: digest(got, output),
      });
    }
  };
  await Promise.all(local.instanceIds.map(work));
  client.destroy();
  return runs;
}

/** Beside the local AWS, which lives in this process and must not be held up. */
async function runDirectly({
  command,
  expect,
}: HardOutput): Promise<DirectRun> {
  if (expect)
    return {
      stdout: Buffer.from(expect.stdout),
      stderr: Buffer.from(expect.stderr),
      exitCode: expect.exitCode,
    };
  const child = spawn("/bin/sh", ["-c", command], {
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) =>
    child.once("exit", resolve),
  );
  const [stdout, stderr, exitCode] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    exited,
  ]);
  return { stdout, stderr, exitCode };
}

function digest(
  { stdout, stderr, exitCode }: DirectRun,
  { showsRunId }: HardOutput,
): Written {
  const describe = (bytes: Buffer) => {
    const shown = showsRunId
      ? Buffer.from(bytes.toString().replaceAll(/[0-9a-f]{24}/g, "RUN"))
      : bytes;
    const sha256 = createHash("sha256").update(shown).digest("hex");
    return `${shown.length} bytes, ${sha256}`;
  };
  return { stdout: describe(stdout), stderr: describe(stderr), exitCode };
}

/** Told by the newest commands of a node. */
async function formOf(
  client: SSMClient,
  instanceId: string,
  { settings }: OutputPath,
): Promise<string> {
  if (settings["SSM_RUNNER"] === "none") return "bare";
  if (settings["CLOUDWATCH_LOG_GROUP"] !== undefined) return "live";
  const list = await client.send(
    new ListCommandsCommand({ InstanceId: instanceId, MaxResults: 50 }),
  );
  const commands = list.Commands ?? [];
  const own = commands.findIndex(
    ({ Comment }) => Comment?.includes("output of") === false,
  );
  const commandId = commands[own]?.CommandId;
  if (commandId === undefined) return "";
  const { StandardOutputContent: text = "" } = await client.send(
    new GetCommandInvocationCommand({
      CommandId: commandId,
      InstanceId: instanceId,
    }),
  );
  const form =
    /.*\[rundeck-ssm [0-9a-f]{24} .*form=(\w+)/s.exec(text)?.[1] ?? "-";
  const sentByNode = commands.some(
    ({ Parameters, Comment }, index) =>
      index < own &&
      Comment?.includes("output of") &&
      Parameters?.["commands"]?.some((line) => line.startsWith("by_role()")),
  );
  if (sentByNode) return "S3";
  return form === "packed" && own > 0 ? "paged" : form;
}

/** One line for each output, one column for each path: how it came, if it came equal. */
export function formatTable(runs: readonly HardRun[]): string {
  const paths = outputPaths.map(({ name }) => name);
  const width = Math.max(...runs.map(({ title }) => title.length));
  const lines = hardOutputs.map(({ title }) => {
    const cells = paths.map((path) => {
      const run = runs.find((one) => one.title === title && one.path === path);
      const cell = !run ? "" : isEqual(run) ? run.form : "DIFFERS";
      return cell.padEnd(path.length);
    });
    return `${title.padEnd(width)}  ${cells.join("  ")}`.trimEnd();
  });
  const equal = runs.filter(isEqual).length;
  return [
    `${"".padEnd(width)}  ${paths.join("  ")}`,
    ...lines,
    `${equal} of ${runs.length} equal (${hardOutputs.length} outputs)`,
  ].join("\n");
}

export function isEqual({ wanted, got }: HardRun): boolean {
  return JSON.stringify(wanted) === JSON.stringify(got);
}
