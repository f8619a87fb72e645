export type Platform = {
  type: "Linux" | "Windows";
  name: string;
  version: string;
};

/** What nodes have where a test gives them no older one. */
export const latestAgentVersion = "3.3.0.0";

export type NodeFacts = {
  instanceId: string;
  region: string;
  account: string;
  platform: Platform;
  computerName: string;
  ipAddress: string;
  /** What SSM knows of a hybrid node alone. */
  hybrid?: { name: string; tags: Record<string, string> };
  agentVersion: string;
  tags: Readonly<Record<string, string>>;
};
