import type { IncomingMessage } from "node:http";
import { nameOperation } from "../s3/s3.ts";

/** Which service a request is for, read as AWS's clients write it. */
export type Route =
  | { service: "ssm" | "logs"; operation: string }
  | { service: "sts" | "ec2" }
  | { service: "s3"; operation: string };

const targets: Record<string, "ssm" | "logs"> = {
  AmazonSSM: "ssm",
  Logs_20140328: "logs",
};

export function routeOf(request: IncomingMessage): Route {
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    const [prefix = "", operation = ""] = target.split(".");
    const service = targets[prefix];
    if (service) return { service, operation };
  }
  if (isForm(request) || isStsQuery(request))
    return { service: isForEc2(request) ? "ec2" : "sts" };
  return { service: "s3", operation: nameOperation(request) ?? "Unknown" };
}

/** Both speak the query protocol: the signature tells which it is for. */
function isForEc2({ headers }: IncomingMessage): boolean {
  return /\/ec2\/aws4_request\b/.test(headers.authorization ?? "");
}

function isForm({ method, headers }: IncomingMessage): boolean {
  return (
    method === "POST" &&
    (headers["content-type"] ?? "").startsWith(
      "application/x-www-form-urlencoded",
    )
  );
}

function isStsQuery({ method, url = "" }: IncomingMessage): boolean {
  return method === "GET" && /^\/\?(.*&)?Action=\w+/.test(url);
}
