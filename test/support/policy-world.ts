import { existsSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SSMClient, ListCommandInvocationsCommand } from "@aws-sdk/client-ssm";
import { delaySignal, killLimitMs } from "../../src/exec/signals.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import type { Identity } from "../../src/local/auth/identities.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import type { NodeTools } from "../../src/local/node/home.ts";
import type { PolicyDocument } from "../../src/local/protocol.ts";
import { copier, executor } from "../../src/main/entries.ts";
import { openLog } from "../../src/main/log.ts";
import { runEntry } from "../../src/main/shell.ts";
import type { Shell } from "../../src/main/shell.ts";
import { openServices } from "../../src/services/services.ts";
import type { OpenServices } from "../../src/services/services.ts";
import { copierEnvironment, executorEnvironment } from "./plugin.ts";
import { omit, policiesFor, type Omission } from "./printed-policies.ts";

export const account = "111122223333";
export const otherAccount = "444455556666";
export const roleArn = `arn:aws:iam::${otherAccount}:role/rundeck`;

export type WorldOptions = {
  /** For `rundeck-ssm policy`. */
  words: readonly string[];
  without?: Omission;
  service: "executor" | "copier";
  tools?: NodeTools;
  instanceId?: string;
  /** Whose the bucket and its key are: another account's have policies of their own. */
  bucketOf?: "us" | "others";
};

export const bucket = "passing-through";
export const keyArn = `arn:aws:kms:us-east-1:${account}:key/passing`;
export const foreignKeyArn = `arn:aws:kms:us-east-1:${otherAccount}:key/passing`;
export const logGroup = "/rundeck/commands";

const rundeck: Identity = {
  accessKeyId: "ASIARUNDECK",
  secretAccessKey: "secret of rundeck",
  sessionToken: "session of rundeck",
  arn: `arn:aws:sts::${account}:assumed-role/rundeck-server/i-1`,
  account,
};

/** A local AWS in which Rundeck and the nodes may do what the printed policies allow, and nothing else. */
export async function openWorld({
  words,
  without,
  service,
  tools = {},
  instanceId = "i-00000000000000001",
  bucketOf = "us",
}: WorldOptions): Promise<LocalAws> {
  const whole = policiesFor(words);
  const policies = without ? omit(whole, without) : whole;
  // a role of another account is there for the nodes of that account
  const owner = words.includes(roleArn) ? otherAccount : account;
  const node = (id: string) => ({
    instanceId: id,
    account: owner,
    tools,
    tags: { Env: "prod", Name: id },
    agentRights: "from-role" as const,
    role: {
      accessKeyId: `ASIA${id.replace("-", "").toUpperCase()}`,
      secretAccessKey: `secret of ${id}`,
      sessionToken: `session of ${id}`,
      arn: `arn:aws:sts::${owner}:assumed-role/managed-node/${id}`,
      account: owner,
      policies: [policies.node],
    },
  });
  const local = await startLocalAws({
    strict: true,
    account,
    nodes: [node(instanceId), node("i-0000000000000000a")],
    logGroup,
    timings: { logStuckMs: 500, logSettleMs: 100, logTickMs: 100 },
  });
  local.identities.add({ ...rundeck, policies: [policies[service]] });
  local.identities.addRole({
    arn: roleArn,
    trustPolicy: policies.trust,
    policies: [policiesFor(["--account", otherAccount])[service]],
  });
  local.identities.add(auditor);
  const isForeign = bucketOf === "others";
  if (words.includes(foreignKeyArn))
    local.keys.add(foreignKeyArn, policies.key);
  local.keys.add(keyArn, delegating(account));
  local.s3.createBucket(bucket, {
    ...(isForeign ? { account: otherAccount, policy: policies.bucket } : {}),
    ...(words.includes("--kms-key")
      ? { defaultKmsKey: isForeign ? foreignKeyArn : keyArn }
      : {}),
  });
  return local;
}

/** Sees everything, and does nothing. */
const auditor: Identity = {
  accessKeyId: "AKIAAUDITOR",
  secretAccessKey: "secret of the auditor",
  arn: `arn:aws:iam::${account}:user/auditor`,
  account,
};

/** KMS's default: the account's own policies decide. */
function delegating(owner: string): PolicyDocument {
  return {
    Statement: {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${owner}:root` },
      Action: "kms:*",
      Resource: "*",
    },
  };
}

/** What came of a run, for whoever looks at it in Rundeck and in AWS. */
export type Observation = {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Statuses of all commands. */
  history: string[];
  /** AWS's operations that were denied to Rundeck or, of S3, to nodes. */
  denied: string[];
  /** Keys of what is left in the bucket. */
  left: string[];
  /** Operations that were asked. */
  asked: string[];
  /** Whether a signed address stands in a command's parameters. */
  isSigned: boolean;
};

export type Run = {
  settings?: Record<string, string>;
  /** The job is killed once that is so. */
  killWhen?: (local: LocalAws) => boolean;
  openServices?: OpenServices;
  instanceId?: string;
} & ({ command: string } | { file: string; destination: string });

/** Runs the plugin's own pipeline in this process, with Rundeck's credentials. */
export async function observe(local: LocalAws, run: Run): Promise<Observation> {
  const { instanceId = local.instanceIds[0] ?? "" } = run;
  const more = {
    AWS_ACCESS_KEY_ID: rundeck.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rundeck.secretAccessKey,
    AWS_SESSION_TOKEN: rundeck.sessionToken ?? "",
    ...run.settings,
  };
  const environment =
    "command" in run
      ? executorEnvironment(local, instanceId, run.command, more)
      : copierEnvironment(local, instanceId, run, more);
  const printed = { stdout: "", stderr: "" };
  const kill = new AbortController();
  const clock = systemClock();
  const sink = (name: "stdout" | "stderr"): Shell["stdout"] => ({
    isOpen: () => true,
    failure: () => undefined,
    write: async (bytes) =>
      void (printed[name] += Buffer.from(bytes).toString()),
    writeLine: async (text) => void (printed[name] += text),
  });
  const shell: Shell = {
    clock,
    environment,
    log: openLog((line) => void (printed.stderr += line)),
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    signal: kill.signal,
    last: delaySignal({ clock }, kill.signal, killLimitMs),
    openServices: run.openServices ?? openServices,
    nodeName: "",
  };
  const ended = runEntry("command" in run ? executor : copier, shell);
  const over = new AbortController();
  void ended.finally(() => over.abort());
  while (run.killWhen && !over.signal.aborted && !kill.signal.aborted) {
    if (run.killWhen(local)) kill.abort();
    else await delay(5);
  }
  return { exitCode: await ended, ...printed, ...(await inspect(local)) };
}

async function inspect(
  local: LocalAws,
): Promise<Omit<Observation, "exitCode" | "stdout" | "stderr">> {
  const client = new SSMClient({
    endpoint: local.endpoint,
    region: local.region,
    credentials: auditor,
  });
  const made = local.requests.filter(
    ({ accessKeyId }) => accessKeyId !== auditor.accessKeyId,
  );
  const denied = made.filter(({ outcome = "" }) =>
    /AccessDenied/.test(outcome),
  );
  const history = await readEnded(client);
  client.destroy();
  return {
    history,
    denied: unique(denied.map(({ operation }) => operation)),
    asked: unique(made.map(({ operation }) => operation)),
    left: local.s3.keysOf(bucket),
    isSigned: made.some(
      ({ operation, input }) =>
        operation === "SendCommand" &&
        JSON.stringify(input).includes("X-Amz-Signature="),
    ),
  };
}

/** Statuses of all commands. What a kill leaves to its node may be under way still. */
async function readEnded(client: SSMClient): Promise<string[]> {
  for (;;) {
    const { CommandInvocations = [] } = await client.send(
      new ListCommandInvocationsCommand({}),
    );
    const statuses = CommandInvocations.map(({ Status = "" }) => Status);
    if (!statuses.some((status) => /^(?:Pending|InProgress)$/.test(status)))
      return statuses.toSorted();
    await delay(50);
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}

/** Whether a command has made this file in its node's folder. */
export function hasMade(local: LocalAws, name: string): boolean {
  return [...local.nodes.values()].some(({ folder }) =>
    existsSync(path.join(folder, name)),
  );
}
