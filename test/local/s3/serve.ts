import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { isAllowed } from "../../../src/local/auth/policy.ts";
import { AwsFault, type PolicyDocument } from "../../../src/local/protocol.ts";
import { createS3, type S3 } from "../../../src/local/s3/s3.ts";
import { keepAliveTimeout } from "../../support/patience.ts";

export type ServedS3 = AsyncDisposable & {
  s3: S3;
  port: number;
  /** What the caller may do by itself; absent: everything. */
  policies: { value: PolicyDocument[] | undefined };
  client(config?: S3ClientConfig): S3Client;
  /** Files that objects and parts lie in. */
  countFiles(): Promise<number>;
};

export const caller = {
  accessKeyId: "AKIAEXAMPLE",
  arn: "arn:aws:iam::111111111111:user/rundeck",
  account: "111111111111",
};

/** S3 alone behind a server of its own: the region is the one that a request was signed for. */
export async function serveS3(): Promise<ServedS3> {
  const folder = await mkdtemp(path.join(tmpdir(), "local-s3-"));
  const s3 = createS3({ folder, region: "us-east-1", account: caller.account });
  const policies: ServedS3["policies"] = { value: undefined };
  const server = createServer({ keepAliveTimeout }, (request, response) => {
    const scope = /\/\d{8}\/([a-z0-9-]+)\/s3\//.exec(
      request.headers.authorization ?? "",
    );
    s3.handle(request, response, {
      caller,
      region: scope?.[1] ?? "us-east-1",
      requestId: "REQUEST1",
      signal: new AbortController().signal,
      authorize(action, resource, about = {}) {
        const { resourceAccount = caller.account } = about;
        const decision = isAllowed({
          ...about,
          identityPolicies: policies.value,
          principalArn: caller.arn,
          sameAccount: resourceAccount === caller.account,
          action,
          resource,
        });
        if (!decision.allowed)
          throw new AwsFault("AccessDenied", decision.because, 403);
      },
    }).catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    s3,
    port,
    policies,
    client: (config = {}) =>
      new S3Client({
        region: "us-east-1",
        endpoint: `http://127.0.0.1:${port}`,
        credentials: { accessKeyId: caller.accessKeyId, secretAccessKey: "x" },
        maxAttempts: 1,
        ...config,
      }),
    countFiles: async () => (await readdir(folder)).length,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
