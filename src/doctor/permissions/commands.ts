import { randomUUID } from "node:crypto";
import type { Call } from "../../aws/companions.ts";
import type { RunCommand } from "../../aws/run-command.ts";
import type { SendRequest } from "../../aws/ssm.ts";
import type { Subject } from "../../kernel/errors.ts";
import type { Check, Finding, Need } from "../check.ts";
import { nobody } from "../context.ts";
import type { Context } from "../context.ts";
import { probe } from "../probe.ts";
import { tryRight } from "./rights.ts";
import type { Denial, Right } from "./rights.ts";

/** Who sends commands: the executor, and the copier where its credentials are others. */
export type Sender = {
  plugin: "executor" | "copier";
  client: RunCommand;
  subject: Subject;
  needs: readonly Need[];
  /** Whether the sidecar asks for it. */
  sidecar: "auto" | "off";
  runner: "full" | "none";
  /** What it sends, to nobody. Throws `setting-invalid` for what can't be sent. */
  plan: () => SendRequest;
};

type CommandRight = Right & { request: (call: Call) => Promise<unknown> };

/** The rights to send, read, find and cancel commands. AWS knows neither the command nor the instance, so nothing is done. */
export function tryCommands(
  context: Context,
  sender: Sender,
): Promise<Check>[] {
  return listRights(sender).map((right) =>
    probe(context, questionOf(sender, right), (call) =>
      tryRight(right, () => right.request(call)),
    ),
  );
}

function questionOf(
  { plugin, subject, needs }: Sender,
  { action, without }: Right,
) {
  const isOfRun = plugin === "executor" && without === "problem";
  return {
    stage: "permissions" as const,
    name: plugin === "executor" ? action : `${action} (copier)`,
    subject,
    needs,
    gives: isOfRun ? (["send"] as const) : [],
  };
}

function listRights(sender: Sender): CommandRight[] {
  const { client, sidecar, plan, plugin: policy } = sender;
  const send = (call: Call) => sendToNobody(client, plan(), call);
  return [
    { ...sending, policy, request: send },
    reading(sender),
    cancelling(sender),
    searching(sender),
    ...(sidecar === "auto" ? [listing(sender)] : []),
  ];
}

function reading({ client, plugin: policy }: Sender): CommandRight {
  return {
    action: "ssm:GetCommandInvocation",
    without: "problem",
    means: "no command's end or output is seen",
    policy,
    proofs: unknownToAws,
    request: (call) =>
      client.read({ commandId: randomUUID(), instanceId: nobody }, call),
  };
}

function cancelling({ client, plugin: policy, runner }: Sender): CommandRight {
  return {
    action: "ssm:CancelCommand",
    without: "warning",
    means:
      runner === "full"
        ? "what a killed job runs is ended by a second command on its node, and AWS's history says Failed, not Cancelled"
        : "what a killed job runs goes on, since ssm-runner is none",
    policy,
    proofs: unknownToAws,
    request: (call) => client.cancelOn(randomUUID(), [], call),
  };
}

function searching({ client, plugin: policy }: Sender): CommandRight {
  return {
    action: "ssm:ListCommands",
    without: "warning",
    means:
      "a run whose send is not answered ends with an error, since nobody can tell whether AWS has taken the command",
    policy,
    proofs: unknownToAws,
    request: (call) =>
      client.find({ instanceId: nobody, runId: randomUUID() }, call),
  };
}

function listing({ client, plugin: policy }: Sender): CommandRight {
  return {
    action: "ssm:ListCommandInvocations",
    without: "warning",
    means: "the sidecar asks for each node by itself, not for 50 at once",
    policy,
    proofs: unknownToAws,
    request: (call) => client.list(randomUUID(), call),
  };
}

/** What AWS says of ids that it does not know, where it does not answer with nothing. Source: the errors of each operation in its API. */
const unknownToAws = ["InvalidCommandId", "InvalidInstanceId"];

const sending: Right = {
  action: "ssm:SendCommand",
  without: "problem",
  means: "nothing can be run",
  policy: "executor",
  proofs: ["InvalidInstanceId"],
  remedies: {
    InvalidDocument:
      "create the document in the node's region, or correct ssm-document-name",
    InvalidParameters:
      "give the document a parameter commands, or correct ssm-document-name",
  },
  otherwise: judgeNode,
};

/**
 * AWS asks for the right to the document and for that to the instance. A policy that names instances or tags denies the one that is not
 * there, and says nothing of the node.
 */
function judgeNode(denial: Denial): Finding | undefined {
  const { resource = "", reason = "" } = denial;
  const isOfInstance = /:(?:instance|managed-instance)\//.test(resource);
  if (!isOfInstance || /explicit deny/.test(reason)) return undefined;
  return {
    state: "unknown",
    says: `the document is allowed; an instance that is not there is denied (${resource}), so the policy allows no instances, or some by name or tag: whether this node is among them only a command to it tells`,
    remedy:
      "run the doctor with --run; rundeck-ssm policy executor prints the statement for instances",
  };
}

/** What a copy sends to nodes that have neither the AWS CLI nor python3. */
export function tryRemoteScript(
  context: Context,
  sender: Sender,
): Promise<Check> {
  const right: Right = {
    ...sending,
    without: "warning",
    means:
      "a node without AWS CLI and python3 gets a file from the bucket by a signed address alone",
    policy: "copier",
  };
  const question = questionOf(sender, right);
  const name = `${right.action} on AWS-RunRemoteScript`;
  return probe(context, { ...question, name }, (call) =>
    tryRight(right, () =>
      sendToNobody(
        sender.client,
        {
          ...sender.plan(),
          documentName: "AWS-RunRemoteScript",
          parameters: {
            sourceType: ["S3"],
            sourceInfo: ["{}"],
            commandLine: [":"],
          },
        },
        call,
      ),
    ),
  );
}

function sendToNobody(
  client: RunCommand,
  request: SendRequest,
  call: Call,
): Promise<unknown> {
  return client.sendTo(() => [request.instanceId], request, call);
}
