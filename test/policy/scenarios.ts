import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { systemClock } from "../../src/kernel/clock.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { openLimiter } from "../../src/sidecar/limiter/limiter.ts";
import { shareServices } from "../../src/sidecar/services.ts";
import { preparePython } from "../host/clients/python.ts";
import {
  account,
  bucket,
  foreignKeyArn,
  hasMade,
  keyArn,
  logGroup,
  observe,
  openWorld,
  roleArn,
} from "../support/policy-world.ts";
import type {
  Observation,
  Run,
  WorldOptions,
} from "../support/policy-world.ts";
import type { Omission } from "../support/printed-policies.ts";

export const folder = mkdtempSync(path.join(tmpdir(), "bridge-policy-"));
export const aws = await preparePython();

function fileOf(name: string, bytes: number): string {
  const file = path.join(folder, name);
  writeFileSync(file, randomBytes(bytes));
  return file;
}
const small = fileOf("small", 100);
/** Too large for one command. */
const medium = fileOf("medium", 100_000);
/** Goes in parts. */
const large = fileOf("large", 9_000_000);

export function removeFiles(): void {
  rmSync(folder, { recursive: true, force: true });
}

const base = `--account ${account} --region us-east-1 --tag Env=prod`.split(
  " ",
);
const files = [...base, "--bucket", bucket, "--bucket-for", "files"];
const output = [...base, "--bucket", bucket, "--bucket-for", "output"];
const key = ["--kms-key", keyArn];
const foreignKey = ["--kms-key", foreignKeyArn];

const clients = ["aws", "python3", "curl", "wget"];
const only = (tool: string) => ({
  without: clients.filter((name) => name !== tool),
});
const awsCli = {
  ...only(""),
  ...(aws.kind === "ready" ? { add: { aws: aws.aws } } : {}),
};

type World = Omit<WorldOptions, "without" | "service">;
export type Scenario = {
  words: readonly string[];
  /** With these options more. */
  observe(without?: Omission, more?: readonly string[]): Promise<Observation>;
};

/** Without the option that others have the place of; `--tag` repeats. */
function wordsBut(
  words: readonly string[],
  [option]: readonly string[],
): readonly string[] {
  const at = option === "--tag" ? -1 : words.indexOf(option ?? "");
  return at < 0 ? words : words.toSpliced(at, 2);
}

function scenario(
  world: World,
  run: Run,
  prepare: (local: LocalAws) => void = () => undefined,
): Scenario {
  return {
    words: world.words,
    observe: async (without, more = []) => {
      await using local = await openWorld({
        ...world,
        words: [...wordsBut(world.words, more), ...more],
        service: "command" in run ? "executor" : "copier",
        ...(without ? { without } : {}),
      });
      prepare(local);
      return await observe(local, run);
    },
  };
}

const hello: Run = { command: "echo hi" };
const destination = "arrived";
const through = { RD_CONFIG_SSM_COPIER_BUCKET: bucket };
const outputThrough = {
  RD_CONFIG_SSM_OUTPUT_BUCKET: bucket,
  RD_CONFIG_SSM_OUTPUT_LIMIT: "20000",
};
const manyLines: Run = {
  command: "head -c 60000 /dev/urandom | od -An -tx1",
  settings: outputThrough,
};
const assuming = {
  RD_CONFIG_SSM_ASSUME_ROLE_ARN: roleArn,
  RD_CONFIG_SSM_EXTERNAL_ID: "x-1",
};
const role = [...base, "--role", roleArn, "--external-id", "x-1"];
const copySmall: Run = { file: small, destination };
const copyMedium: Run = { file: medium, destination, settings: through };
const copyLarge: Run = { file: large, destination, settings: through };
const python = only("python3");

const isAsked = (name: string) => (local: LocalAws) =>
  local.requests.some(({ operation }) => operation === name);
const loseSend = (local: LocalAws) =>
  void local.faults.add({
    kind: "lost",
    when: "after",
    operation: "SendCommand",
    times: 1,
  });
/** Longer than a kill takes to arrive on a busy machine. */
/** The first one only: what is asked after a kill has to be answered before it is over. */
const slow = (operation: string) => (local: LocalAws) =>
  void local.faults.add({ kind: "delay", ms: 10_000, operation, times: 1 });

/** Of a node that takes nothing nobody waits for the end. */
const isTakenOrUnheard = (local: LocalAws) =>
  hasMade(local, "begun") ||
  (isAsked("GetCommandInvocation")(local) &&
    [...local.nodes.values()].some(({ state }) => state === "offline"));

/** Two runs of one sidecar, as the first of them sees it. */
function shared(run: Run): Scenario {
  const words = [...base, "--sidecar", "auto"];
  return {
    words,
    observe: async (without) => {
      await using local = await openWorld({
        words,
        service: "executor",
        ...(without ? { without } : {}),
      });
      const clock = systemClock();
      const services = shareServices({
        clock,
        random: Math.random,
        limiter: openLimiter(clock),
      });
      const lease = services.lease(new AbortController().signal);
      const { openServices } = lease;
      const [observation] = await Promise.all(
        local.instanceIds.map((instanceId) =>
          observe(local, { ...run, instanceId, openServices }),
        ),
      );
      lease.release();
      services.close();
      if (!observation) throw new Error("there are no nodes");
      return observation;
    },
  };
}

/** Whole runs, each for what some statement is needed for. */
export const scenarios = {
  command: scenario({ words: base }, hello),
  hybrid: scenario({ words: base, instanceId: "mi-00000000000000001" }, hello),
  lostSend: scenario({ words: base }, hello, loseSend),
  killed: scenario(
    { words: base },
    { command: "touch begun; sleep 60", killWhen: isTakenOrUnheard },
  ),
  shared: shared(hello),
  logged: scenario(
    { words: [...base, "--log-group", logGroup] },
    { ...hello, settings: { RD_CONFIG_CLOUDWATCH_LOG_GROUP: logGroup } },
  ),
  assumed: scenario({ words: role }, { ...hello, settings: assuming }),
  output: scenario(
    { words: [...output, ...key], tools: only("curl") },
    manyLines,
  ),
  outputByRole: scenario(
    { words: [...output, ...key], tools: awsCli },
    manyLines,
  ),
  copy: scenario({ words: base }, copySmall),
  copyLostSend: scenario({ words: base }, copySmall, loseSend),
  copyKilled: scenario(
    { words: files, tools: python },
    { ...copyMedium, killWhen: isAsked("GetObject") },
    slow("GetObject"),
  ),
  copyAssumed: scenario({ words: role }, { ...copySmall, settings: assuming }),
  file: scenario(
    { words: [...files, "--prefix", "up/load"], tools: python },
    {
      ...copyMedium,
      settings: { ...through, RD_CONFIG_SSM_COPIER_PREFIX: "up/load" },
    },
  ),
  fileByAgent: scenario(
    { words: files, tools: only("") },
    { ...copyMedium, destination: path.join(folder, "arrived") },
  ),
  largeFile: scenario({ words: [...files, ...key], tools: python }, copyLarge),
  cutUpload: scenario(
    { words: files, tools: python },
    { ...copyLarge, killWhen: isAsked("UploadPart") },
    slow("UploadPart"),
  ),
  foreignFile: scenario(
    { words: files, tools: python, bucketOf: "others" },
    copyMedium,
  ),
  foreignFileByAgent: scenario(
    { words: files, tools: only(""), bucketOf: "others" },
    { ...copyMedium, destination: path.join(folder, "arrived") },
  ),
  foreignLargeFile: scenario(
    { words: [...files, ...foreignKey], tools: python, bucketOf: "others" },
    copyLarge,
  ),
  foreignCutUpload: scenario(
    { words: files, tools: python, bucketOf: "others" },
    { ...copyLarge, killWhen: isAsked("UploadPart") },
    slow("UploadPart"),
  ),
  foreignOutput: scenario(
    { words: output, tools: only("curl"), bucketOf: "others" },
    manyLines,
  ),
  foreignOutputByRole: scenario(
    { words: [...output, ...foreignKey], tools: awsCli, bucketOf: "others" },
    manyLines,
  ),
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
