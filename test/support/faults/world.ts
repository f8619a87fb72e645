import { randomBytes, randomUUID } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { Identity } from "../../../src/local/auth/identities.ts";
import type { FaultRule } from "../../../src/local/faults.ts";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import type { LocalNode } from "../../../src/local/node/node.ts";
import type { Cell, OutputWay, Pipeline } from "./cell.ts";
import { removeFolder } from "../folders.ts";
import { sidecarMode } from "../sidecar-mode.ts";
import { type Running, start, until } from "./run.ts";

export const account = "111122223333";
export const bucket = "pass-through";
export const logGroup = "/rundeck/output";
const region = "us-east-1";

/** One run and all that it touches: an account, a node, a Rundeck server's files. Nothing in it is anybody else's. */
export type World = {
  pipeline: Pipeline;
  way: OutputWay;
  folder: string;
  /** The plugin's TMPDIR and HOME. */
  temporary: string;
  home: string;
  aws: LocalAws;
  node: LocalNode;
  instanceId: string;
  /** Whose keys the server's environment has. */
  identity: Identity;
  environment: Record<string, string>;
  /** Values that may be seen nowhere. */
  secrets: string[];
  /** Marks every process of the plugin. */
  mark: string;
  /** Starts the plugin; a fault may put something before it. */
  command: string[];
  stdout?: number;
  /** Nobody reads what it prints. */
  unread: boolean;
  file: { source: string; content: Buffer; destination: string };
  /** Tells AWS, or a node, to fail. */
  fails: (...rules: FaultRule[]) => void;
  /** Sets the plugin's own setting, under the name that its pipeline has for it. */
  set: (settings: Record<string, string>) => void;
  /** Takes the server's keys away. */
  withoutKeys: () => void;
  /** Files of the Rundeck server before the plugin began. */
  filesBefore: Set<string>;
  /** Closed with the world. */
  use: <Closeable extends { close(): Promise<void> | void }>(
    thing: Closeable,
  ) => Closeable;
  /** How often the command began. */
  runs: () => number;
  start: () => Running;
  /** Resolves when AWS has been asked for it by the plugin, at least `times` times. */
  asked: (running: Running, operation: string, times?: number) => Promise<void>;
  /** Resolves when the command has begun on the node. */
  begun: (running: Running) => Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function openWorld(
  { pipeline, fault }: Cell,
  { contents, folder: parent }: { contents: string; folder: string },
): Promise<World> {
  const folder = mkdtempSync(path.join(parent, "cell-"));
  const at = (name: string) => path.join(folder, name);
  for (const name of ["tmp", "home", "to", "aws"]) mkdirSync(at(name));
  const aws = await startLocalAws({
    nodes: 1,
    bucket,
    logGroup,
    account,
    region,
    strict: true,
    ...fault.account,
    folder: at("aws"),
  });
  const identity: Identity = {
    accessKeyId: "AKIASERVERSERVER0000",
    secretAccessKey: `canary-secret-${randomBytes(12).toString("hex")}`,
    arn: `arn:aws:iam::${account}:user/rundeck`,
    account,
  };
  aws.identities.add(identity);
  const instanceId = aws.instanceIds[0] ?? "";
  const node = aws.nodes.get(instanceId);
  if (!node) throw new Error("the account has no node");
  const opened: { close(): Promise<void> | void }[] = [];
  const file = {
    source: at("deploy.bin"),
    content: randomBytes(40_000),
    destination: path.join(at("to"), "deploy.bin"),
  };
  if (pipeline === "copier") writeFileSync(file.source, file.content);
  const mark = randomUUID();
  const ran = at("ran");
  const way = fault.way ?? "pages";
  const environment = {
    ...serverEnvironment({ aws, identity, mark, folder }),
    ...nodeEnvironment(aws, instanceId),
    ...workOf(pipeline, {
      command: commandOf(pipeline, way, ran, fault.takesSeconds ?? 0),
      file,
      way,
    }),
  };
  const world: World = {
    pipeline,
    way,
    folder,
    temporary: at("tmp"),
    home: at("home"),
    aws,
    node,
    instanceId,
    identity,
    environment,
    secrets: [identity.secretAccessKey],
    mark,
    command: ["/bin/bash", path.join(contents, scripts[pipeline])],
    file,
    filesBefore: new Set(),
    unread: false,
    fails: (...rules) => {
      for (const rule of rules) aws.faults.add(rule);
    },
    set: (settings) => {
      for (const [name, value] of Object.entries(settings))
        environment[variableOf(pipeline, name)] = value;
    },
    withoutKeys: () => {
      delete environment["AWS_ACCESS_KEY_ID"];
      delete environment["AWS_SECRET_ACCESS_KEY"];
    },
    use: (thing) => {
      opened.push(thing);
      return thing;
    },
    runs: () => (pipeline === "copier" ? arrived(file) : linesOf(ran)),
    start: () => {
      const [program = "", ...args] = world.command;
      const { stdout } = world;
      world.filesBefore = new Set(serverFiles(world));
      return start({
        program,
        args,
        environment,
        folder,
        ...(stdout === undefined ? {} : { stdout }),
      });
    },
    asked: (running, operation, times = 1) =>
      until(running, () => countOf(aws, operation, node.role) >= times),
    begun: (running) => until(running, () => linesOf(ran) > 0),
    [Symbol.asyncDispose]: async () => {
      for (const thing of opened.toReversed()) await thing.close();
      await aws.close();
      removeFolder(folder);
    },
  };
  return world;
}

/** What lies in the plugin's TMPDIR and HOME. */
export function serverFiles({ temporary, home }: World): string[] {
  return [temporary, home].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }),
  );
}

const scripts = {
  executor: "awsssmexecutor.sh",
  output: "awsssmexecutor.sh",
  copier: "aws-ssm-copier.sh",
};

/** Requests of the plugin's; what the node itself asks has its role's key. */
function countOf(aws: LocalAws, operation: string, role: Identity): number {
  return aws.requests.filter(
    (made) =>
      made.operation === operation && made.accessKeyId !== role.accessKeyId,
  ).length;
}

function arrived(file: World["file"]): number {
  try {
    // a FIFO would be waited for
    if (!statSync(file.destination).isFile()) return 0;
    return readFileSync(file.destination).equals(file.content) ? 1 : 0;
  } catch {
    return 0;
  }
}

function linesOf(file: string): number {
  try {
    return readFileSync(file, "utf8").split("\n").length - 1;
  } catch {
    return 0;
  }
}

/** What the plugin gets of the server's: empty is what this machine may have, and no server needs. */
function serverEnvironment({
  aws,
  identity,
  mark,
  folder,
}: {
  aws: LocalAws;
  identity: Identity;
  mark: string;
  folder: string;
}): Record<string, string> {
  const nothing = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "AWS_CA_BUNDLE",
  ];
  return {
    ...sidecarMode(),
    ...Object.fromEntries(nothing.map((name) => [name, ""])),
    HOME: path.join(folder, "home"),
    TMPDIR: path.join(folder, "tmp"),
    RD_JOB_EXECUTIONUUID: mark,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: identity.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

function nodeEnvironment(
  aws: LocalAws,
  instanceId: string,
): Record<string, string> {
  return {
    RD_NODE_NAME: "web-1",
    RD_NODE_INSTANCEID: instanceId,
    RD_NODE_REGION: aws.region,
    RD_RUNDECK_PROJECT: "shop",
    RD_JOB_EXECID: "42",
    RD_JOB_NAME: "deploy",
    RD_JOB_USERNAME: "ada",
  };
}

function workOf(
  pipeline: Pipeline,
  work: { command: string; file: World["file"]; way: OutputWay },
): Record<string, string> {
  switch (pipeline) {
    case "executor":
      return { RD_EXEC_COMMAND: work.command };
    case "output":
      return { RD_EXEC_COMMAND: work.command, ...outputSettings[work.way] };
    case "copier":
      return {
        RD_FILE_COPY_FILE: work.file.source,
        RD_FILE_COPY_DESTINATION: work.file.destination,
        RD_CONFIG_SSM_COPIER_BUCKET: bucket,
        RD_CONFIG_SSM_COPIER_INLINE_LIMIT: "0",
      };
  }
}

const outputSettings: Record<OutputWay, Record<string, string>> = {
  pages: {},
  bucket: { RD_CONFIG_SSM_OUTPUT_BUCKET: bucket },
  logs: { RD_CONFIG_CLOUDWATCH_LOG_GROUP: logGroup },
};

/** Packed, the first take some pages, and the last more than the ten from which on a bucket is used. */
const lastNumber: Record<OutputWay, number> = {
  pages: 30_000,
  logs: 30_000,
  bucket: 120_000,
};

/** Every command writes down that it ran, and ends with a code of its own. */
function commandOf(
  pipeline: Pipeline,
  way: OutputWay,
  ran: string,
  seconds: number,
): string {
  const wait = seconds > 0 ? `sleep ${seconds}; ` : "";
  const numbers = `awk 'BEGIN { for (i = 1; i <= ${lastNumber[way]}; i++) print (i * 7919) % 1000003 }'; `;
  const output = pipeline === "output" ? numbers : "echo out; ";
  return `echo run >>${ran}; ${output}echo err >&2; ${wait}exit 5`;
}

/** What a whole run writes to stdout. */
export function wholeOutput(world: World): string {
  switch (world.pipeline) {
    case "executor":
      return "out\n";
    case "copier":
      return `${world.file.destination}\n`;
    case "output":
      return Array.from(
        { length: lastNumber[world.way] },
        (_, i) => `${((i + 1) * 7919) % 1000003}\n`,
      ).join("");
  }
}

/** `assume-role-arn` → `RD_CONFIG_SSM_COPIER_ASSUME_ROLE_ARN` for the copier; what begins with `ssm-` or `sts-` has one name for both. */
function variableOf(pipeline: Pipeline, name: string): string {
  const isShared = /^(?:ssm|sts|s3|logs|cloudwatch|log)-/.test(name);
  const prefix = pipeline === "copier" ? "ssm-copier-" : "ssm-";
  const whole = isShared ? name : prefix + name;
  return `RD_CONFIG_${whole.toUpperCase().replaceAll(/\W/g, "_")}`;
}
