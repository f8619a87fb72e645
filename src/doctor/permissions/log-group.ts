import { randomUUID } from "node:crypto";
import { openLogGroups } from "../../aws/log-groups.ts";
import { openLogs } from "../../aws/logs.ts";
import type { ExecutorSettings } from "../../settings/settings.ts";
import type { Check, Finding } from "../check.ts";
import type { Context, Party } from "../context.ts";
import { probe } from "../probe.ts";
import { readFact, tryRight } from "./rights.ts";
import type { Right } from "./rights.ts";

const reading: Right = {
  action: "logs:GetLogEvents",
  without: "warning",
  means: "output is shown at the end, and comes through Systems Manager",
  policy: "executor",
};

/** Whether output may be read from the log group, and what is set for it. */
export async function tryLogGroup(
  context: Context,
  { openClient, subject }: Party<ExecutorSettings>,
  group: string,
): Promise<Check[]> {
  const { clock } = context;
  const logs = openLogs(openClient("logs"), clock);
  const groups = openLogGroups(openClient("logs"), clock);
  const question = (name: string) => ({
    stage: "permissions" as const,
    name,
    subject,
    needs: ["logs", "credentials"] as const,
  });
  try {
    return await Promise.all([
      probe(context, question("logs:GetLogEvents"), (call) =>
        tryRight(reading, () =>
          logs.read({ group, stream: `none/${randomUUID()}` }, call),
        ),
      ),
      probe(context, question(`log group ${group}`), (call) =>
        readFact("logs:DescribeLogGroups", async () =>
          describeGroup(await groups.find(group, call)),
        ),
      ),
    ]);
  } finally {
    logs.close();
    groups.close();
  }
}

function describeGroup(group: { retentionDays?: number } | undefined): Finding {
  if (!group)
    return {
      state: "warning",
      says: "there is no such log group in this account and region: a node's agent makes it if its role may, else output comes through Systems Manager",
      remedy:
        "create it, with a retention, or allow logs:CreateLogGroup to the node's role; or correct cloudwatch-log-group",
    };
  const { retentionDays } = group;
  return {
    state: "ok",
    says:
      retentionDays === undefined
        ? "its events are kept for ever: no retention is set"
        : `its events are kept for ${retentionDays} days`,
  };
}
