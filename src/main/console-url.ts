/** The console's domain in each partition, by how its regions begin. Of the isolated ones nobody outside knows it. */
const domains: readonly (readonly [start: string, domain?: string])[] = [
  ["cn-", "console.amazonaws.cn"],
  ["us-gov-", "console.amazonaws-us-gov.com"],
  ["eusc-", "console.amazonaws-eusc.eu"],
  ["us-iso"],
  ["eu-iso"],
  ["", "console.aws.amazon.com"],
];

/** Where AWS's console shows a command. */
export function consoleUrl(
  region: string,
  commandId: string,
): string | undefined {
  const domain = domains.find(([start]) => region.startsWith(start))?.[1];
  return domain === undefined
    ? undefined
    : `https://${region}.${domain}/systems-manager/run-command/${commandId}?region=${region}`;
}
