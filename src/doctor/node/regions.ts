/** The regions that accounts have without asking for them, by partition. Source: AWS Account Management, "Enable or disable Regions". */
const partitions: readonly (readonly string[])[] = [
  [
    "us-east-1",
    "eu-west-1",
    "us-west-2",
    "eu-central-1",
    "us-east-2",
    "ap-southeast-1",
    "ap-northeast-1",
    "ap-southeast-2",
    "ap-south-1",
    "eu-west-2",
    "ca-central-1",
    "eu-west-3",
    "eu-north-1",
    "sa-east-1",
    "us-west-1",
    "ap-northeast-2",
    "ap-northeast-3",
  ],
  ["cn-north-1", "cn-northwest-1"],
  ["us-gov-west-1", "us-gov-east-1"],
];

/** The others of a region's partition, as far as every account has them; none for a partition that is not known. */
export function otherRegions(region: string): readonly string[] {
  const own = partitions.find((regions) => regions.some(isOfSame(region)));
  return (own ?? []).filter((other) => other !== region);
}

function isOfSame(region: string) {
  const prefix = /^(?:cn-|us-gov-|us-iso[a-z]*-|eu-isoe-|eusc-)/;
  const [wanted] = prefix.exec(region) ?? [""];
  return (other: string) => (prefix.exec(other)?.[0] ?? "") === wanted;
}
