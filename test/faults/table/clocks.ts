import { systemLocalClock, type LocalClock } from "../../../src/local/clock.ts";
import { type Fault, passes } from "../../support/faults/cell.ts";
import type { World } from "../../support/faults/world.ts";
import { assumeRole } from "../../support/faults/sources.ts";

/** AWS's clock, so far ahead of the Rundeck server's. */
function ahead(minutes: number): LocalClock {
  const clock = systemLocalClock();
  return { ...clock, now: () => clock.now() + minutes * 60_000 };
}

/** The node's own clock is right. */
function rightOnNode({ node }: World, minutes: number): void {
  node.role.forgivenSkewMs = minutes * 60_000;
}

const offsets = [
  { id: "server-behind-20m", fault: "20 minutes behind", minutes: 20 },
  { id: "server-ahead-20m", fault: "20 minutes ahead", minutes: -20 },
  { id: "server-behind-10m", fault: "10 minutes behind", minutes: 10 },
  { id: "server-ahead-10m", fault: "10 minutes ahead", minutes: -10 },
  { id: "server-ahead-day", fault: "26 hours ahead", minutes: -26 * 60 },
  { id: "server-behind-day", fault: "26 hours behind", minutes: 26 * 60 },
];

export const clockFaults: Fault[] = offsets.flatMap(
  ({ id, fault, minutes }): Fault[] => [
    {
      id: `clock-${id}`,
      fault: `the Rundeck server's clock is ${fault}`,
      way: "bucket",
      account: { clock: ahead(minutes) },
      arrange: (world) => rightOnNode(world, minutes),
      expected: passes(20),
    },
    {
      id: `clock-${id}-signed-address`,
      fault: `the Rundeck server's clock is ${fault}, and the node needs an address that we have signed`,
      pipelines: ["copier"],
      account: { clock: ahead(minutes) },
      arrange: ({ node }) => {
        node.role.policies = [];
      },
      expected: passes(30),
    },
    {
      id: `clock-${id}-lost`,
      fault: `the Rundeck server's clock is ${fault}, and the answer to SendCommand is lost`,
      account: { clock: ahead(minutes) },
      arrange: (world) => {
        rightOnNode(world, minutes);
        world.fails({
          kind: "lost",
          when: "after",
          operation: "SendCommand",
          skip: Math.abs(minutes) > 15 ? 1 : 0,
          times: 1,
        });
      },
      expected: passes(30),
    },
    {
      id: `clock-${id}-503`,
      fault: `the Rundeck server's clock is ${fault}, and SendCommand answers 503, though it took effect`,
      pipelines: ["executor"],
      account: { clock: ahead(minutes) },
      arrange: ({ fails }) =>
        fails({
          kind: "error",
          code: "ServiceUnavailable",
          status: 503,
          when: "after",
          operation: "SendCommand",
          skip: Math.abs(minutes) > 15 ? 1 : 0,
          times: 1,
        }),
      expected: passes(30),
    },
    {
      id: `clock-${id}-role`,
      fault: `the Rundeck server's clock is ${fault}, and a role is assumed`,
      account: { clock: ahead(minutes) },
      arrange: (world) => {
        rightOnNode(world, minutes);
        assumeRole(world);
      },
      expected: passes(20),
    },
  ],
);
