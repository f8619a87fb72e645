import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import type { Call } from "./companions.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";

/** What is set for log groups: `logs:DescribeLogGroups`. */
export type LogGroups = {
  /** Undefined if there is no group of this name. Throws translated `BridgeError`s. */
  find(
    name: string,
    call: Call,
  ): Promise<{ retentionDays?: number } | undefined>;
  close(): void;
};

/** Opens the client. Nothing is sent until the first call. */
export function openLogGroups(options: ClientOptions, clock: Clock): LogGroups {
  const client = new CloudWatchLogsClient(clientConfig(options));
  const call = openCaller(options, clock);
  return {
    find: (name, to) =>
      call("logs:DescribeLogGroups", to, async (limits) => {
        // in the order of names: that which is the prefix comes first
        const input = { logGroupNamePrefix: name, limit: 5 };
        const command = new DescribeLogGroupsCommand(input);
        const { logGroups = [] } = await client.send(command, limits);
        const group = logGroups.find(
          ({ logGroupName }) => logGroupName === name,
        );
        const days = group?.retentionInDays;
        return group && (days === undefined ? {} : { retentionDays: days });
      }),
    close: () => client.destroy(),
  };
}
