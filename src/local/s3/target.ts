import { S3Fault } from "./fault.ts";

/** What a request is about, wherever it says so: in its path, or in its host. */
export type Target = {
  /** Empty for the service itself. */
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
  query: URLSearchParams;
  /** Asked of S3's global host name, which knows no region of its own. */
  globalHost: boolean;
};

export function parseTarget(url: string, host: string): Target {
  const at = url.indexOf("?");
  const path = decodePath(at < 0 ? url : url.slice(0, at));
  const query = new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
  const globalHost = /^(?:.+\.)?s3\.amazonaws\.com(?::\d+)?$/.test(host);
  const fromHost = bucketOfHost(host);
  if (fromHost !== undefined)
    return { bucket: fromHost, key: path.slice(1), query, globalHost };
  const slash = path.indexOf("/", 1);
  const bucket = path.slice(1, slash < 0 ? undefined : slash);
  const key = slash < 0 ? "" : path.slice(slash + 1);
  return { bucket, key, query, globalHost };
}

/** `bucket.s3.eu-west-1.amazonaws.com`, and on this machine `bucket.localhost` or `bucket.s3.localhost`. */
function bucketOfHost(host: string): string | undefined {
  const name = host.replace(/:\d+$/, "");
  const [, bucket] =
    /^(.+)\.s3(?:[.-][a-z0-9-]+)?(?:\.dualstack)?\.amazonaws\.com$/.exec(
      name,
    ) ??
    /^(.+?)(?:\.s3(?:\.[a-z0-9-]+)?)?\.localhost$/.exec(name) ??
    [];
  return bucket === "s3" ? undefined : bucket;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new S3Fault("InvalidURI", 400, "Couldn't parse the specified URI.");
  }
}
