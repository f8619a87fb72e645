import type { FaultAction } from "../../../src/local/faults.ts";
import {
  type Expected,
  type Fault,
  passes,
  refused,
} from "../../support/faults/cell.ts";
import { assumeRole } from "../../support/faults/sources.ts";
import type { Running } from "../../support/faults/run.ts";
import { account } from "../../support/faults/world.ts";
import type { World } from "../../support/faults/world.ts";

type Trouble = {
  id: string;
  fault: string;
  action: FaultAction;
  times?: number;
  forMs?: number;
  expected: Expected;
};

const goesOn = /goes on|may be running|still running/;

const denied = (says: RegExp[]): Expected =>
  refused(77, "access-denied", [/sts:AssumeRole/, /role\/deploy/, ...says]);

/** What may be wrong with sts:AssumeRole. */
const troubles: Trouble[] = [
  {
    id: "throttled-minute",
    fault: "is throttled for a minute",
    action: { kind: "error", code: "ThrottlingException" },
    forMs: 60_000,
    expected: {
      ...passes(90),
      happens: "waits, then runs once and ends as it would have",
    },
  },
  {
    id: "500-once",
    fault: "answers 500 once",
    action: { kind: "error", code: "InternalFailure", status: 500 },
    times: 1,
    expected: passes(15),
  },
  {
    id: "reset-once",
    fault: "is reset once",
    action: { kind: "lost", when: "before" },
    times: 1,
    expected: passes(15),
  },
  {
    id: "malformed",
    fault: "is answered once with what nobody can parse",
    action: { kind: "malformed" },
    times: 1,
    expected: passes(15),
  },
  {
    id: "slow",
    fault: "is slow by 15 s",
    action: { kind: "delay", ms: 15_000 },
    times: 1,
    expected: passes(40),
  },
  {
    id: "silent",
    fault: "never answers",
    action: { kind: "silent", when: "before" },
    expected: {
      happens: "gives up within a minute; the line names the role's setting",
      exit: 75,
      codeWord: "credentials-unavailable",
      says: [/assume-role-arn/],
      never: [/may be running/, /ssm:SendCommand/],
      runs: 0,
      longestSeconds: 75,
    },
  },
  {
    id: "foreign",
    fault: "is answered by a web page",
    action: { kind: "foreign", status: 403 },
    expected: {
      happens: "does not begin; the line says that it was not AWS",
      exit: 75,
      codeWord: "not-aws|credentials-unavailable",
      says: [/not AWS/, /sts|STS/],
      never: [/may be running/, /denied/],
      runs: 0,
      longestSeconds: 75,
    },
  },
  {
    id: "denied",
    fault: "is denied: the role's trust policy does not name us",
    action: {
      kind: "error",
      code: "AccessDenied",
      status: 403,
      message: `User: arn:aws:iam::${account}:user/rundeck is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::${account}:role/deploy`,
    },
    expected: denied([/trust/]),
  },
  {
    id: "validation",
    fault: "finds the role's ARN wrong (ValidationError)",
    action: {
      kind: "error",
      code: "ValidationError",
      message: "arn is invalid",
    },
    expected: {
      ...refused(78, "setting-invalid|credentials-invalid", [
        /assume-role-arn/,
        /ValidationError/,
      ]),
      exit: [77, 78],
    },
  },
  {
    id: "region-disabled",
    fault: "is not activated in the region (RegionDisabledException)",
    action: {
      kind: "error",
      code: "RegionDisabledException",
      status: 403,
      message: "STS is not activated in this region",
    },
    expected: {
      ...refused(78, "setting-invalid|access-denied|credentials-invalid", [
        /sts/i,
        /ssm-sts-region|RegionDisabled/,
      ]),
      exit: [77, 78],
    },
  },
];

export const roleFaults: Fault[] = [
  ...troubles.map((trouble): Fault => ({
    id: `role-${trouble.id}`,
    fault: `sts:AssumeRole ${trouble.fault}`,
    arrange: (world) => {
      assumeRole(world);
      const { action, times, forMs } = trouble;
      world.fails({
        ...action,
        service: "sts",
        ...(times === undefined ? {} : { times }),
        ...(forMs === undefined ? {} : { forMs }),
      });
    },
    expected: trouble.expected,
  })),
  {
    id: "role-external-id",
    fault: "the role asks for another external id",
    arrange: (world) => {
      const arn = assumeRole(world);
      world.aws.identities.addRole({ arn, externalId: "ours" });
      world.set({ "external-id": "theirs" });
    },
    expected: denied([/external/i]),
  },
  {
    id: "role-renewal-silent",
    fault:
      "STS falls silent when the role is to be renewed while the command runs",
    pipelines: ["executor", "output"],
    takesSeconds: 5,
    arrange: (world) => {
      const arn = assumeRole(world);
      world.aws.identities.addRole({ arn, lastsSeconds: 302 });
      world.fails({ kind: "silent", when: "before", service: "sts", skip: 1 });
    },
    // the session is good for minutes more
    expected: passes(60),
  },
  {
    id: "role-renewal-denied",
    fault: "the role may no longer be assumed when it is to be renewed",
    pipelines: ["executor", "output"],
    takesSeconds: 5,
    arrange: (world) => {
      const arn = assumeRole(world);
      world.aws.identities.addRole({ arn, lastsSeconds: 303 });
      world.fails({
        kind: "error",
        code: "AccessDenied",
        status: 403,
        message: `User: arn:aws:iam::${account}:user/rundeck is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
        service: "sts",
        skip: 1,
      });
    },
    // the session is good for minutes more
    expected: passes(30),
  },
  {
    id: "role-session-revoked",
    fault: "the role's session is revoked while the command runs",
    pipelines: ["executor", "output"],
    takesSeconds: 4,
    arrange: (world) => void assumeRole(world),
    during: revokeSession,
    // the role is assumed once more
    expected: passes(45),
  },
  {
    id: "role-session-revoked-for-good",
    fault:
      "the role's session is revoked while the command runs, and it may not be assumed again",
    pipelines: ["executor", "output"],
    takesSeconds: 4,
    arrange: (world) => {
      assumeRole(world);
      world.fails({
        kind: "error",
        code: "AccessDenied",
        status: 403,
        service: "sts",
        skip: 1,
      });
    },
    during: revokeSession,
    expected: {
      happens: "can't be followed any more; the line says that it goes on",
      exit: 77,
      codeWord: "access-denied",
      says: [goesOn],
      runs: 1,
      left: ["command", "node file"],
      longestSeconds: 45,
    },
  },
];

async function revokeSession(world: World, running: Running): Promise<void> {
  await world.begun(running);
  const session = world.aws.requests.findLast(({ accessKeyId }) =>
    /^ASIA(?!NODE)/.test(accessKeyId),
  );
  world.aws.identities.remove(session?.accessKeyId ?? "");
}
