import { spawn } from "node:child_process";
import { harnessScript } from "./java.ts";
import {
  parseJob,
  parseLogLine,
  parseProviders,
  parseResources,
} from "./lines.ts";
import type {
  JobLines,
  LogLine,
  NodeResult,
  Provider,
  ResourceNode,
} from "./lines.ts";
import { layOutServer } from "./server-files.ts";
import type { ServerConfig, ServerFiles } from "./server-files.ts";

export type JobRequest = ServerConfig & {
  /** The harness's command: `["exec", "uname -a"]`. */
  job: string[];
  /** Further options of the harness, with spaces between: `--threads 3 --keepgoing`. */
  options?: string;
  /** Values of the job's options. */
  jobOptions?: Record<string, string>;
  /** Told each line of the job's log when it is there. */
  onLog?: (line: LogLine) => void;
  /** Added to the JVM's environment, which otherwise holds PATH, HOME and no credentials. */
  environment?: Record<string, string>;
};

export type JobResult = JobLines & {
  /** All that a person or a log file could see of it: the harness's stdout and the JVM's stderr. */
  everything: string;
  /** The server's folder, gone by now: what still runs from there has it in its command line. */
  serverFolder: string;
  result(node: string): NodeResult;
  /** The lines of one node on one stream, joined by newlines. */
  text(node: string, stream: LogLine["stream"]): string;
};

/** One execution in a Rundeck of its own. */
export async function runJob(
  zip: string,
  request: JobRequest,
): Promise<JobResult> {
  using server = await layOutServer(zip, request);
  const { stdout, stderr } = await runHarness(
    [
      ...server.options,
      "--no-fail-exit",
      ...(request.options?.split(" ") ?? []),
      ...Object.entries(request.jobOptions ?? {}).flatMap(([name, value]) => [
        "--job-option",
        `${name}=${value}`,
      ]),
      ...request.job,
    ],
    { HOME: server.folder, ...request.environment },
    (printed) => {
      const line = request.onLog && parseLogLine(printed);
      if (line) request.onLog?.(line);
    },
  );
  const lines = parseJob(stdout);
  return {
    ...lines,
    everything: stdout + stderr,
    serverFolder: server.folder,
    result(node) {
      const found = lines.results.find((result) => result.node === node);
      if (!found) throw new Error(`no result of node ${node}`);
      return found;
    },
    text(node, stream) {
      return lines.log
        .filter((line) => line.node === node && line.stream === stream)
        .map((line) => line.text)
        .join("\n");
    },
  };
}

/** What a node source gave Rundeck, or how Rundeck says that it failed. */
export type Resources = {
  nodes: Map<string, ResourceNode>;
  error?: string;
  stderr: string;
};

/** The nodes of a source, in a server that outlives it. */
export async function listResources(
  server: ServerFiles,
  request: {
    provider: string;
    properties: Record<string, string>;
    environment: Record<string, string>;
  },
): Promise<Resources> {
  const { stdout, stderr } = await runHarness(
    [
      ...server.options,
      "--no-fail-exit",
      "resources",
      request.provider,
      ...Object.entries(request.properties).map((pair) => pair.join("=")),
    ],
    { HOME: server.folder, ...request.environment },
  );
  return { ...parseResources(stdout), stderr };
}

/** The providers that Rundeck loads from the zip. */
export async function listProviders(zip: string): Promise<Provider[]> {
  using server = await layOutServer(zip, {});
  const { stdout } = await runHarness([...server.options, "list"], {
    HOME: server.folder,
  });
  return parseProviders(stdout);
}

type Output = { stdout: string; stderr: string };

function runHarness(
  words: string[],
  environment: Record<string, string>,
  onLine: (printed: string) => void = () => undefined,
): Promise<Output> {
  const child = spawn("sh", [harnessScript, ...words], {
    env: {
      PATH: process.env["PATH"],
      JAVA_HOME: process.env["JAVA_HOME"],
      // no test asks the network where it runs
      AWS_EC2_METADATA_DISABLED: "true",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: Output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    const from = output.stdout.lastIndexOf("\n") + 1;
    output.stdout += text;
    const lines = output.stdout.slice(from).split("\n");
    for (const line of lines.slice(0, -1)) onLine(line);
  });
  child.stderr.on("data", (text: string) => (output.stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(
            `the harness ended with ${code}: ${output.stderr}\n${output.stdout}`,
          ),
        );
    });
  });
}
