/** What a region begins with, the second word of an ARN, what services' hosts end with, and the console's host, which of the isolated partitions nobody outside knows. */
type Row<Name extends string = string> = readonly [
  start: string,
  name: Name,
  domain: string,
  console?: string,
];

const commercial = [
  "",
  "aws",
  "amazonaws.com",
  "console.aws.amazon.com",
] as const;

/** AWS's partitions. Source: botocore's partitions.json; AWS General Reference, consoles of the partitions. */
const rows = [
  ["cn-", "aws-cn", "amazonaws.com.cn", "console.amazonaws.cn"],
  ["us-gov-", "aws-us-gov", "amazonaws.com", "console.amazonaws-us-gov.com"],
  ["us-isob-", "aws-iso-b", "sc2s.sgov.gov"],
  ["us-isof-", "aws-iso-f", "csp.hci.ic.gov"],
  ["us-iso-", "aws-iso", "c2s.ic.gov"],
  ["eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"],
  ["eusc-", "aws-eusc", "amazonaws.eu", "console.amazonaws-eusc.eu"],
  commercial,
] as const satisfies readonly Row[];

export type Partition = (typeof rows)[number][1];

export const partitions: readonly Partition[] = rows.map(([, name]) => name);

export function partitionOf(region: string): Partition {
  return rowOf(region)[1];
}

/** What AWS's own hosts end with: `eu-west-1.amazonaws.com`. */
export function regionHost(region: string): string {
  return `${region}.${rowOf(region)[2]}`;
}

/** The console's address; undefined where nobody knows it. */
export function consoleOf(region: string): string | undefined {
  const [, , , host] = rowOf(region);
  return host === undefined ? undefined : `https://${region}.${host}`;
}

function rowOf(region: string): Row<Partition> {
  return rows.find(([start]) => region.startsWith(start)) ?? commercial;
}
