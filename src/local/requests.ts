/** One request as the local AWS saw it, for assertions and for counting calls. */
export type RequestRecord = {
  service: ServiceName;
  operation: string;
  /** Key that the request names as its signer; empty if it names none. */
  accessKeyId: string;
  /** Whether the signature was checked with the key's secret, and right. */
  verified: boolean;
  atMs: number;
  region: string;
  /** JSON services: the input as sent; STS and EC2: the form; S3: method and URL. */
  input: unknown;
  /** `ok`, the error's code, or `lost` for an answer that a fault swallowed. Absent while it is being answered. */
  outcome?: string;
};

export type ServiceName = "ssm" | "logs" | "sts" | "ec2" | "s3";

const keptRequests = 100_000;

/** Appends, and forgets the oldest when there are very many. */
export function keepRecord(
  records: RequestRecord[],
  record: RequestRecord,
): void {
  if (records.length >= keptRequests) records.splice(0, keptRequests / 10);
  records.push(record);
}

/** Ids of the nodes that a request is about. */
export function instancesOf({ input }: RequestRecord): string[] {
  if (typeof input !== "object" || input === null) return [];
  const one = "InstanceId" in input ? [input.InstanceId] : [];
  const many =
    "InstanceIds" in input && Array.isArray(input.InstanceIds)
      ? input.InstanceIds
      : [];
  return [...one, ...many].filter((id) => typeof id === "string");
}
