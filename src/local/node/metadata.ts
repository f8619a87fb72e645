import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Identity } from "../auth/identities.ts";

/** EC2's instance metadata, so far that AWS's clients on a node find the node's role: version 2, with a session token. */
export type Metadata = {
  /** Answers the path under which a node finds its own. */
  add(role: Identity, region: string): string;
  /** Undefined: the request is for a service. */
  serve(
    request: IncomingMessage,
    response: ServerResponse,
  ): "answered" | undefined;
};

/** No bucket's name begins with a dot. */
const root = "/.instance-metadata/";
const sessionMs = 6 * 3_600_000;

export function createMetadata(now: () => number): Metadata {
  const nodes = new Map<string, { role: Identity; region: string }>();
  const sessionToken = randomBytes(20).toString("hex");
  return {
    add: (role, region) => {
      const secret = randomBytes(16).toString("hex");
      nodes.set(secret, { role, region });
      return `${root}${secret}`;
    },
    serve: (request, response) => {
      const { method, url = "", headers } = request;
      if (!url.startsWith(root)) return undefined;
      request.resume();
      const [secret = "", ...rest] = url.slice(root.length).split("/");
      const node = nodes.get(secret);
      const path = rest.join("/");
      if (method === "PUT" && node && path === "latest/api/token")
        answer(response, 200, sessionToken);
      else if (headers["x-aws-ec2-metadata-token"] !== sessionToken)
        answer(response, 401, "");
      else {
        const text = node && describe(path, node, now());
        answer(response, text === undefined ? 404 : 200, text ?? "");
      }
      return "answered";
    },
  };
}

function describe(
  path: string,
  { role, region }: { role: Identity; region: string },
  nowMs: number,
): string | undefined {
  const roleName = role.arn.split("/")[1] ?? "role";
  const credentials = "latest/meta-data/iam/security-credentials/";
  switch (path) {
    case "latest/meta-data/placement/region":
      return region;
    case "latest/meta-data/placement/availability-zone":
    case "latest/meta-data/placement/availability-zone/":
      return `${region}a`;
    case credentials:
      return roleName;
    case `${credentials}${roleName}`:
      return JSON.stringify(viewCredentials(role, nowMs), undefined, 2);
    default:
      return undefined;
  }
}

function viewCredentials(role: Identity, nowMs: number): object {
  return {
    Code: "Success",
    LastUpdated: isoSecond(nowMs),
    Type: "AWS-HMAC",
    AccessKeyId: role.accessKeyId,
    SecretAccessKey: role.secretAccessKey,
    Token: role.sessionToken ?? "",
    Expiration: isoSecond(role.expiresAtEpochMs ?? nowMs + sessionMs),
  };
}

function isoSecond(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d+Z$/, "Z");
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain",
    "content-length": String(Buffer.byteLength(text)),
    ...(status === 200 && text !== ""
      ? {
          "x-aws-ec2-metadata-token-ttl-seconds": String(sessionMs / 1_000),
        }
      : {}),
  });
  response.end(text);
}
