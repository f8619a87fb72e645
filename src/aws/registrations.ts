import {
  DescribeInstanceInformationCommand,
  GetServiceSettingCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type { InstanceInformation } from "@aws-sdk/client-ssm";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import type { Call } from "./companions.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";

/** A node as Systems Manager knows it; undefined is what it does not know. */
export type Registration = {
  /** Online, ConnectionLost, Inactive. */
  ping: string;
  /** ISO 8601, UTC. */
  lastPing: string | undefined;
  agentVersion: string | undefined;
  isLatestAgent: boolean | undefined;
  /** Linux, Windows, MacOS. */
  platform: string | undefined;
  /** "Amazon Linux 2023" */
  system: string | undefined;
  /** Of hybrid nodes, and of those that Systems Manager itself has set up. */
  role: string | undefined;
  computerName: string | undefined;
};

/** What Systems Manager knows of nodes. Each call is one request; all throw translated `BridgeError`s. */
export type Registrations = {
  /** `ssm:DescribeInstanceInformation` */
  find(instanceId: string, call: Call): Promise<Registration | undefined>;
  /** The role of Default Host Management; undefined where it is not set up: `ssm:GetServiceSetting`. */
  hostManagementRole(call: Call): Promise<string | undefined>;
  close(): void;
};

const hostManagement =
  "/ssm/managed-instance/default-ec2-instance-management-role";

/** Opens the client. Nothing is sent until the first call. */
export function openRegistrations(
  options: ClientOptions,
  clock: Clock,
): Registrations {
  const client = new SSMClient(clientConfig(options));
  const call = openCaller(options, clock);
  return {
    find: (instanceId, to) =>
      call("ssm:DescribeInstanceInformation", to, async (limits) => {
        const Filters = [{ Key: "InstanceIds", Values: [instanceId] }];
        const command = new DescribeInstanceInformationCommand({ Filters });
        const answer = await client.send(command, limits);
        const node = answer.InstanceInformationList?.find(
          ({ InstanceId }) => InstanceId === instanceId,
        );
        return node && view(node);
      }),
    hostManagementRole: (to) =>
      call("ssm:GetServiceSetting", to, async (limits) => {
        const command = new GetServiceSettingCommand({
          SettingId: hostManagement,
        });
        const { ServiceSetting } = await client.send(command, limits);
        const role = ServiceSetting?.SettingValue;
        // Source: Systems Manager API reference, ResetServiceSetting
        return role === undefined || role === "$None" ? undefined : role;
      }),
    close: () => client.destroy(),
  };
}

function view(node: InstanceInformation): Registration {
  const { PlatformName: name, PlatformVersion: version } = node;
  return {
    ping: node.PingStatus ?? "Online",
    lastPing: node.LastPingDateTime?.toISOString(),
    agentVersion: node.AgentVersion,
    isLatestAgent: node.IsLatestVersion,
    platform: node.PlatformType,
    system: name && `${name} ${version ?? ""}`.trim(),
    role: node.IamRole,
    computerName: node.ComputerName,
  };
}
