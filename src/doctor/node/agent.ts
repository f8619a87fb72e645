import type { Registration } from "../../aws/registrations.ts";
import type { Finding } from "../check.ts";

/** What of ours needs which agent. Source: the release notes of amazon-ssm-agent. */
const needs = {
  "cloudwatch-log-group": {
    version: "2.2.800.0",
    without: "sends no output to CloudWatch Logs, so it comes at the end",
  },
  "ssm-copier-bucket": {
    version: "2.2.45.0",
    without:
      "can't fetch a file by itself, so the node needs AWS CLI, python3, curl or wget",
  },
} as const;

type Feature = keyof typeof needs;

/** What is older has not been tried with this plugin. */
const triedVersion = "3.0.0.0";

/** Whether a node's agent is old, and what that costs. `features`: the settings that ask something of it. */
export function describeAgent(
  { agentVersion, isLatestAgent }: Registration,
  features: readonly Feature[],
): Finding {
  if (agentVersion === undefined)
    return {
      state: "unknown",
      says: "Systems Manager does not tell its version",
    };
  const update = "update the agent: Run Command has AWS-UpdateSSMAgent";
  const lacking = features.find((feature) =>
    isOlder(agentVersion, needs[feature].version),
  );
  if (lacking !== undefined) {
    const { version, without } = needs[lacking];
    return {
      state: "warning",
      says: `${agentVersion}, older than ${version}, which ${lacking} needs: it ${without}`,
      remedy: update,
    };
  }
  if (isOlder(agentVersion, triedVersion))
    return {
      state: "warning",
      says: `${agentVersion}: versions before 3 have not been tried with this plugin`,
      remedy: update,
    };
  return isLatestAgent === false
    ? { state: "ok", says: `${agentVersion}, not the latest`, remedy: update }
    : { state: "ok", says: agentVersion };
}

function isOlder(version: string, than: string): boolean {
  const wanted = than.split(".").map(Number);
  const parts = version.split(".").map(Number);
  const at = wanted.findIndex((part, index) => part !== (parts[index] ?? 0));
  return at >= 0 && (parts[at] ?? 0) < (wanted[at] ?? 0);
}
