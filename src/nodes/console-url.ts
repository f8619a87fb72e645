/** A node's page in AWS's console: Fleet Manager's, which has both kinds of nodes. Source: AWS General Reference, consoles of the partitions. */
export function consoleUrl(region: string, instanceId: string): string {
  return `https://${consoleHost(region)}/systems-manager/fleet-manager/managed-nodes/${instanceId}/general?region=${region}`;
}

function consoleHost(region: string): string {
  if (region.startsWith("cn-")) return `${region}.console.amazonaws.cn`;
  if (region.startsWith("us-gov-"))
    return `${region}.console.amazonaws-us-gov.com`;
  return `${region}.console.aws.amazon.com`;
}
