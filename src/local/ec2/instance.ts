import type { NodeFacts } from "../node/facts.ts";

export type InstanceState =
  | "pending"
  | "running"
  | "shutting-down"
  | "terminated"
  | "stopping"
  | "stopped";

/** A machine as EC2 knows it, managed or not. A test may change it. */
export type Instance = {
  readonly instanceId: string;
  readonly region: string;
  readonly account: string;
  state: InstanceState;
  tags: Record<string, string>;
  instanceType: string;
  imageId: string;
  architecture: "x86_64" | "arm64";
  platform: "linux" | "windows";
  availabilityZone: string;
  vpcId: string;
  subnetId: string;
  privateIp: string;
  privateDnsName: string;
  /** Without one the machine has no public name either. */
  publicIp: string | undefined;
  publicDnsName: string | undefined;
  /** Of its instance profile. */
  profileArn: string | undefined;
  launchedAtMs: number;
};

export type InstanceOptions = Partial<
  Omit<Instance, "instanceId" | "region" | "account">
>;

/** A machine of its own, without an agent that SSM knows. */
export type UnmanagedInstance = InstanceOptions & {
  instanceId: string;
  /** Default: the local AWS's. */
  region?: string;
  /** Default: the local AWS's. */
  account?: string;
};

/** The machine of a node, or one without; what is not given is as for a small machine in a VPC's private subnet. */
export function createInstance(
  {
    instanceId,
    region,
    account,
  }: Pick<Instance, "instanceId" | "region" | "account">,
  options: InstanceOptions,
): Instance {
  const privateIp = options.privateIp ?? privateIpOf(instanceId);
  const { publicIp } = options;
  return {
    state: "running",
    tags: {},
    instanceType: "t3.micro",
    imageId: "ami-0123456789abcdef0",
    architecture: "x86_64",
    platform: "linux",
    availabilityZone: `${region}a`,
    vpcId: "vpc-0123456789abcdef0",
    subnetId: "subnet-0123456789abcdef0",
    privateDnsName: dnsName("ip", privateIp, privateZone(region)),
    publicIp,
    publicDnsName:
      publicIp === undefined
        ? undefined
        : dnsName("ec2", publicIp, publicZone(region)),
    profileArn: `arn:aws:iam::${account}:instance-profile/local-node`,
    launchedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    ...options,
    privateIp,
    instanceId,
    region,
    account,
  };
}

/** The same for the same id. */
export function privateIpOf(instanceId: string): string {
  const number = parseInt(instanceId.slice(-4), 16);
  return `10.0.${number >> 8}.${number & 255}`;
}

export function platformOf({ platform }: NodeFacts): Instance["platform"] {
  return platform.type === "Windows" ? "windows" : "linux";
}

/** Source: VPC User Guide, "DNS attributes for your VPC". */
function dnsName(prefix: string, ip: string, zone: string): string {
  return `${prefix}-${ip.replaceAll(".", "-")}.${zone}`;
}

function privateZone(region: string): string {
  return region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;
}

function publicZone(region: string): string {
  return region === "us-east-1"
    ? "compute-1.amazonaws.com"
    : `${region}.compute.amazonaws.com`;
}
