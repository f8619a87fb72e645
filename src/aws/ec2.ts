import {
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import type { Instance } from "@aws-sdk/client-ec2";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import type { Call } from "./companions.ts";
import { detailsOf } from "./details.ts";
import type { Details } from "./details.ts";
import { UnreadableAnswer } from "./failure.ts";

/** What EC2 tells of machines. Each call is one request; all throw translated `BridgeError`s. */
export type Ec2 = {
  /** The machines that match every filter, in pages: `ec2:DescribeInstances`. An id that there is not matches nothing. */
  machines(
    filters: readonly MachineFilter[],
    call: Call,
    token?: string,
  ): Promise<MachinePage>;
  /** The regions that the account may use: `ec2:DescribeRegions`. */
  regions(call: Call): Promise<string[]>;
  close(): void;
};

/** One of the values, in which `*` and `?` count: `tag:Env` with `prod` and `test`. Source: EC2 API, DescribeInstances. */
export type MachineFilter = { name: string; values: readonly string[] };

export type MachinePage = { machines: readonly Machine[]; next?: string };

export type Machine = {
  instanceId: string;
  /** Whose it is; absent where EC2 does not tell. */
  account?: string;
  /** `pending`, `running`, `shutting-down`, `terminated`, `stopping`, `stopped`. */
  state: string;
  tags: Readonly<Record<string, string>>;
  /** Of its instance profile. */
  profileArn?: string;
  /** Everything that EC2 tells of it, by the names of its API: `placement` has `availabilityZone`. */
  details: Details;
};

/** Opens EC2. Nothing is sent until the first call. */
export function openEc2(options: ClientOptions, clock: Clock): Ec2 {
  const client = new EC2Client(clientConfig(options));
  const call = openCaller(options, clock);
  return {
    machines: (filters, to, token) =>
      call("ec2:DescribeInstances", to, async (limits) => {
        const input = {
          Filters: filters.map(({ name, values }) => ({
            Name: name,
            Values: [...values],
          })),
          MaxResults: 1_000,
          ...(token === undefined ? {} : { NextToken: token }),
        };
        const command = new DescribeInstancesCommand(input);
        const { Reservations = [], NextToken } = await client.send(
          command,
          limits,
        );
        const machines = Reservations.flatMap(({ OwnerId, Instances = [] }) =>
          Instances.map((instance) => machineOf(instance, OwnerId)),
        );
        return {
          machines,
          ...(NextToken ? { next: NextToken } : {}),
        };
      }),
    regions: (to) =>
      call("ec2:DescribeRegions", to, async (limits) => {
        const { Regions = [] } = await client.send(
          new DescribeRegionsCommand({}),
          limits,
        );
        return Regions.flatMap(({ RegionName }) => RegionName ?? []);
      }),
    close: () => client.destroy(),
  };
}

function machineOf(instance: Instance, account?: string): Machine {
  const { InstanceId: instanceId, Tags, ...rest } = instance;
  if (!instanceId) throw new UnreadableAnswer();
  const profileArn = instance.IamInstanceProfile?.Arn;
  return {
    instanceId,
    ...(account === undefined ? {} : { account }),
    state: instance.State?.Name ?? "",
    tags: Object.fromEntries(
      (Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]),
    ),
    ...(profileArn === undefined ? {} : { profileArn }),
    details: { instanceId, ...detailsOf(rest) },
  };
}
