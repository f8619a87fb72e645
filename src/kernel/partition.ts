/** AWS's partitions by what their regions begin with. Source: botocore's partitions.json. */
const byRegion = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-isob-", "aws-iso-b"],
  ["us-isof-", "aws-iso-f"],
  ["us-iso-", "aws-iso"],
  ["eu-isoe-", "aws-iso-e"],
  ["eusc-", "aws-eusc"],
  ["", "aws"],
] as const;

/** The second word of an ARN. */
export type Partition = (typeof byRegion)[number][1];

export const partitions: readonly Partition[] = byRegion.map(
  ([, partition]) => partition,
);

export function partitionOf(region: string): Partition {
  return byRegion.find(([start]) => region.startsWith(start))?.[1] ?? "aws";
}
