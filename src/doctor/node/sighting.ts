import type { Finding } from "../check.ts";

/** What EC2 and other regions tell of a machine that takes no commands. `untold`: we may not ask, or have no answer. */
export type Sighting = {
  instanceId: string;
  region: string;
  /** That was asked; undefined if nobody knows it. */
  account: string | undefined;
  /** In EC2, in the node's region; `hybrid` machines are not EC2's. */
  machine: Machine | "absent" | "untold" | "hybrid";
  /** Default Host Management, in the region. */
  hostManagement: { role: string } | "none" | "untold";
  /** The first other region that knows it. */
  elsewhere?: { region: string; state: string };
  /** The other regions that have answered. */
  askedRegions: readonly string[];
};

export type Machine = { state: string; profileArn?: string };

type Reason = { says: string; remedy: string };

/** Why a node is not among those that Systems Manager has, or is lost to it. `begins`: what Systems Manager says. */
export function explainSighting(begins: string, sighting: Sighting): Finding {
  const { says, remedy } = reasonOf(sighting);
  return {
    state: "problem",
    code: "node-unreachable",
    says: `${begins}: ${says}`,
    remedy,
  };
}

function reasonOf(sighting: Sighting): Reason {
  const { machine, elsewhere } = sighting;
  if (elsewhere) return reasonElsewhere(elsewhere, sighting);
  switch (machine) {
    case "absent":
      return reasonAbsent(sighting);
    case "hybrid":
      return reasonHybrid(sighting);
    case "untold":
      return {
        says: "why is not known, since EC2 does not tell (ec2:DescribeInstances)",
        remedy: `check instanceId and region, that the instance runs, and that its SSM agent runs with a role (AmazonSSMManagedInstanceCore); or allow ec2:DescribeInstances, and run the doctor again`,
      };
    default:
      return reasonOfState(machine, sighting);
  }
}

function reasonElsewhere(
  { region, state }: { region: string; state: string },
  asked: Sighting,
): Reason {
  return {
    says: `it is in ${region} (${state}), not in ${asked.region}`,
    remedy: `set the node's region to ${region}`,
  };
}

/** EC2 forgets a terminated instance after about an hour. Source: EC2 User Guide, "Terminate Amazon EC2 instances". */
function reasonAbsent(sighting: Sighting): Reason {
  return {
    says: `${accountOf(sighting)} has no such instance in ${regionsOf(sighting)}: it is another account's, or was terminated a while ago`,
    remedy:
      "correct instanceId, or assume a role of the account that it is in (ssm-assume-role-arn)",
  };
}

function reasonHybrid(sighting: Sighting): Reason {
  return {
    says: `${accountOf(sighting)} has no such hybrid node in ${regionsOf(sighting)}: it is another account's, or its registration was removed`,
    remedy:
      "correct instanceId or region, assume a role of the account that it is in (ssm-assume-role-arn), or register the machine again",
  };
}

function reasonOfState(machine: Machine, sighting: Sighting): Reason {
  switch (machine.state) {
    case "stopped":
    case "stopping":
      return { says: `the instance is ${machine.state}`, remedy: "start it" };
    case "terminated":
    case "shutting-down":
      return {
        says: `the instance is ${machine.state}`,
        remedy:
          "remove the node from Rundeck's node source, or correct instanceId",
      };
    case "pending":
      return {
        says: "the instance is starting",
        remedy: "run the doctor again in a minute or two",
      };
    default:
      return machine.profileArn === undefined
        ? reasonNoProfile(sighting)
        : reasonSilent(machine.profileArn, sighting);
  }
}

function reasonNoProfile({ hostManagement, region }: Sighting): Reason {
  const without = "the instance runs, but has no instance profile";
  const profile =
    "give it an instance profile with AmazonSSMManagedInstanceCore";
  switch (hostManagement) {
    case "none":
      return {
        says: `${without}, and Default Host Management is not set up in ${region}`,
        remedy: `${profile}, or set up Default Host Management`,
      };
    case "untold":
      return {
        says: `${without}; whether Default Host Management is set up is not told (ssm:GetServiceSetting)`,
        remedy: `${profile}, or set up Default Host Management`,
      };
    default:
      // Source: Systems Manager User Guide, "Default Host Management Configuration"
      return {
        says: `${without}; Default Host Management is set up with ${hostManagement.role}, and its agent has not registered`,
        remedy: `wait half an hour after that was set up; check that the SSM agent is 3.2.582.0 or newer, that the instance uses IMDSv2, and that it reaches ${endpointsOf(region)}; or ${profile}`,
      };
  }
}

function reasonSilent(profileArn: string, { region }: Sighting): Reason {
  return {
    says: `the instance runs with the profile ${profileArn.replace(/^.*\//, "")}, and its SSM agent is not heard of`,
    remedy: `check on the machine that the SSM agent runs, that the profile's role has AmazonSSMManagedInstanceCore, and that it reaches ${endpointsOf(region)}`,
  };
}

function endpointsOf(region: string): string {
  return `ssm.${region}, ssmmessages.${region} and ec2messages.${region}`;
}

function accountOf({ account }: Sighting): string {
  return account === undefined ? "this account" : `the account ${account}`;
}

function regionsOf({ region, askedRegions }: Sighting): string {
  const { length } = askedRegions;
  return length === 0 ? region : `${region}, nor in ${length} other regions`;
}
