import type { Call } from "../../aws/companions.ts";
import { openRegistrations } from "../../aws/registrations.ts";
import type { Registration } from "../../aws/registrations.ts";
import type { Check, Finding } from "../check.ts";
import { skippedFor } from "../check.ts";
import type { Context, Stage } from "../context.ts";
import { tryRight } from "../permissions/rights.ts";
import type { Right } from "../permissions/rights.ts";
import { probe } from "../probe.ts";
import { describeAgent } from "./agent.ts";
import { lookFor } from "./look.ts";
import { describeRole } from "./role.ts";
import { explainSighting } from "./sighting.ts";

const stage = "node" as const;

/** What Systems Manager knows of the executor's node, and if it does not, why. */
export const checkNode: Stage = async (context) => {
  const { subject } = context.executor;
  let node: Registration | undefined;
  const registered = await probe(
    context,
    {
      stage,
      name: "registration",
      subject,
      needs: ["ssm", "credentials"],
      gives: ["node"],
    },
    async (call) => {
      const { finding, found } = await findNode(context, call);
      node = found;
      return finding;
    },
  );
  return [registered, ...(await describeNode(context, node))];
};

const asking: Right = {
  action: "ssm:DescribeInstanceInformation",
  without: "warning",
  means:
    "whether the node takes commands is not known before one is sent, and a run waits for a lost node until its timeouts end",
  policy: "executor",
};

async function findNode(
  context: Context,
  call: Call,
): Promise<{ finding: Finding; found: Registration | undefined }> {
  const { executor, clock } = context;
  const { instanceId, region } = executor.settings;
  const client = openRegistrations(executor.openClient("ssm"), clock);
  let found: Registration | undefined;
  const finding = await tryRight(asking, async () => {
    found = await client.find(instanceId, call);
  }).finally(() => client.close());
  if (finding.state !== "ok") return { finding, found };
  if (!found)
    return {
      found,
      finding: explainSighting(
        `Systems Manager has no node ${instanceId} in ${region}`,
        await lookFor(context, executor),
      ),
    };
  if (found.ping === "Online")
    return { found, finding: { state: "ok", says: describeOnline(found) } };
  const since = found.lastPing === undefined ? "" : ` since ${found.lastPing}`;
  return {
    found,
    finding: explainSighting(
      `Systems Manager has lost the node (${found.ping}${since})`,
      await lookFor(context, executor),
    ),
  };
}

function describeOnline({ lastPing, computerName }: Registration): string {
  return [
    "Online",
    ...(lastPing === undefined ? [] : [`heard of at ${lastPing}`]),
    ...(computerName === undefined ? [] : [`computer name ${computerName}`]),
  ].join(", ");
}

/** What is known of a node that is lost counts, too. */
async function describeNode(
  context: Context,
  node: Registration | undefined,
): Promise<Check[]> {
  const { lacks } = context.known;
  const names = ["agent", "platform", "role"] as const;
  if (!node) {
    const finding = skippedFor(["ssm", "credentials", "node"], lacks) ?? untold;
    return names.map((name) => ({ stage, name, ...finding }));
  }
  const { settings, subject } = context.executor;
  return [
    { stage, name: "agent", ...describeAgent(node, featuresOf(context)) },
    { stage, name: "platform", ...describePlatform(node, settings.osFamily) },
    await probe(context, { stage, name: "role", subject, needs: [] }, (call) =>
      describeRole(context, node, call),
    ),
  ];
}

const untold: Finding = {
  state: "unknown",
  says: "Systems Manager does not tell: see node: registration",
};

function featuresOf({ executor, copier }: Context) {
  return [
    ...(executor.settings.logGroup === undefined
      ? []
      : (["cloudwatch-log-group"] as const)),
    ...(copier?.settings.bucket === undefined
      ? []
      : (["ssm-copier-bucket"] as const)),
  ];
}

/** AWS refuses a document that is not for the node's platform. */
function describePlatform(
  { platform, system = platform }: Registration,
  osFamily: "unix" | "windows",
): Finding {
  if (platform === undefined)
    return { state: "unknown", says: "Systems Manager does not tell it" };
  const family = platform === "Windows" ? "windows" : "unix";
  if (family === osFamily)
    return { state: "ok", says: `${system}, osFamily ${osFamily}` };
  return {
    state: "problem",
    code: "setting-invalid",
    says: `the node is ${system}, and its osFamily is ${osFamily}: AWS refuses the document (UnsupportedPlatformType)`,
    remedy: `set the node's attribute osFamily to ${family}`,
  };
}
