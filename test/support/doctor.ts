import type { Check, Lacks } from "../../src/doctor/check.ts";
import type { Context, Party } from "../../src/doctor/context.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import type { PolicyDocument } from "../../src/local/protocol.ts";
import type { Host } from "../../src/rundeck/host.ts";
import { openClients } from "../../src/services/clients.ts";
import { openServices } from "../../src/services/services.ts";
import {
  parseCopierSettings,
  parseExecutorSettings,
} from "../../src/settings/parse.ts";
import type { NodeSettings } from "../../src/settings/settings.ts";
import { layersOf } from "./layers.ts";
import { never } from "./ports.ts";

/** Keys that the local AWS knows, and whose they are. */
export const rundeck = {
  accessKeyId: "AKIARUNDECK000000001",
  secretAccessKey: "rundeck's secret",
  arn: "arn:aws:iam::111122223333:user/rundeck",
  account: "111122223333",
};

type Given = {
  attributes?: Record<string, string>;
  instanceId?: string;
  lacks?: Lacks;
  clock?: Clock;
  signal?: AbortSignal;
  /** Beside the local AWS's address and the keys, or in their place. */
  variables?: Record<string, string>;
};

/** What stages are given for a node of the local AWS, with keys of the server's environment. */
export function contextOf(
  aws: LocalAws,
  {
    attributes = {},
    instanceId = aws.instanceIds[0] ?? "",
    lacks = new Map(),
    clock = systemClock(),
    signal = never,
    variables = {},
  }: Given = {},
): Context {
  const { accessKeyId, secretAccessKey } = rundeck;
  const environment = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: aws.endpoint,
    ...variables,
  };
  const node = { region: aws.region, ...attributes, instanceId };
  const party = <S extends NodeSettings>(settings: S): Party<S> => {
    const subject = {
      target: `node web1 (${instanceId}, ${settings.region})`,
      setting: (name: string) =>
        `${name} (${settings.sources.get(name) ?? "not set"})`,
      state: (name: string) =>
        `${name} is set, from ${settings.sources.get(name) ?? "nowhere"}`,
    };
    const { execution } = host;
    const asker = { settings, execution, environment, subject };
    return {
      settings,
      subject,
      openClient: openClients(asker, clock),
      services: openServices(asker, clock),
    };
  };
  const service = "FileCopier";
  return {
    executor: party(parseExecutorSettings(layersOf(node))),
    copier: party(parseCopierSettings(layersOf(node, { service }))),
    host,
    environment,
    clock,
    signal,
    known: { lacks, caller: rundeck },
  };
}

const host: Host = {
  service: "NodeExecutor",
  nodeName: "web1",
  execution: {
    project: "p",
    executionId: "7",
    jobGroup: "",
    jobName: "",
    userName: "admin",
    logLevel: "",
  },
  command: "",
  file: "",
  destination: "",
  variables: new Map(),
  secureValues: [],
};

/** May do all but these, and nobody forbids them: the most usual denial. */
export function lacking(...actions: string[]): PolicyDocument[] {
  const Action = rights.filter((action) => !actions.includes(action));
  return [{ Statement: { Effect: "Allow", Action, Resource: "*" } }];
}

const rights = [
  "ssm:SendCommand",
  "ssm:GetCommandInvocation",
  "ssm:CancelCommand",
  "ssm:ListCommands",
  "ssm:ListCommandInvocations",
  "ssm:DescribeInstanceInformation",
  "ssm:GetServiceSetting",
  "ec2:DescribeInstances",
  "logs:GetLogEvents",
  "logs:DescribeLogGroups",
  "s3:PutObject",
  "s3:GetObject",
  "s3:ListBucket",
  "s3:DeleteObject",
  "s3:AbortMultipartUpload",
  "s3:GetBucketVersioning",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:GetBucketPublicAccessBlock",
];

/** A stage's check by its name. Throws if there is none, or are several. */
export function checkOf(checks: readonly Check[], name: string): Check {
  const found = checks.filter((check) => check.name === name);
  if (found.length !== 1 || !found[0])
    throw new Error(
      `${found.length} checks ${name} among ${checks.map((check) => check.name).join(", ")}`,
    );
  return found[0];
}
