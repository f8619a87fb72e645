import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import {
  ListCommandsCommand,
  SSMClient,
  type SSMClientConfig,
} from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import type { Identity } from "../../../src/local/auth/identities.ts";
import {
  readClaim,
  verifySignature,
  type SignedRequest,
} from "../../../src/local/auth/sigv4.ts";

/** The keys of the worked examples in the S3 API reference, "Signature calculations". */
const documented: Identity = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  arn: "arn:aws:iam::123456789012:user/example",
  account: "123456789012",
};
const documentedTimeMs = Date.UTC(2013, 4, 24);
const emptyHash =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const host = "examplebucket.s3.amazonaws.com";

function signed(names: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`;
}

const getExample: SignedRequest = {
  method: "GET",
  url: "/test.txt",
  headers: {
    host,
    range: "bytes=0-9",
    "x-amz-content-sha256": emptyHash,
    "x-amz-date": "20130524T000000Z",
    authorization: signed(
      "host;range;x-amz-content-sha256;x-amz-date",
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
  },
};

const presignedQuery =
  "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
const presignedExample: SignedRequest = {
  method: "GET",
  url: presignedQuery,
  headers: { host },
};

function verifyDocumented(
  request: SignedRequest,
  { identity = documented, atMs = documentedTimeMs } = {},
): ReturnType<typeof verifySignature> {
  const lookup = (key: string): Identity | undefined =>
    key === identity.accessKeyId ? identity : undefined;
  return verifySignature(request, lookup, atMs);
}

describe("the worked examples of the S3 API reference", () => {
  it("a GET of a range is accepted", () => {
    expect(verifyDocumented(getExample)).toEqual({
      kind: "ok",
      identity: documented,
      presigned: false,
    });
  });

  it("a PUT with a dollar sign in its path is accepted", () => {
    const put: SignedRequest = {
      method: "PUT",
      url: "/test%24file.text",
      headers: {
        host,
        date: "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-content-sha256":
          "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        authorization: signed(
          "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
      },
    };
    expect(verifyDocumented(put).kind).toBe("ok");
    expect(verifyDocumented({ ...put, url: "/test$file.text" }).kind).toBe(
      "ok",
    );
  });

  it("a listing with a query, given in any order, is accepted", () => {
    for (const url of ["/?max-keys=2&prefix=J", "/?prefix=J&max-keys=2"]) {
      const list = {
        method: "GET",
        url,
        headers: {
          host,
          "x-amz-content-sha256": emptyHash,
          "x-amz-date": "20130524T000000Z",
          authorization: signed(
            "host;x-amz-content-sha256;x-amz-date",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
          ),
        },
      };
      expect(verifyDocumented(list).kind).toBe("ok");
    }
  });

  it("a presigned URL is accepted and known as one", () => {
    expect(verifyDocumented(presignedExample)).toMatchObject({
      kind: "ok",
      presigned: true,
    });
  });

  it("a chunked upload's seed signature is accepted", () => {
    const put: SignedRequest = {
      method: "PUT",
      url: "/examplebucket/chunkObject.txt",
      headers: {
        host: "s3.amazonaws.com",
        "content-encoding": "aws-chunked",
        "content-length": "66824",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-date": "20130524T000000Z",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        authorization: signed(
          "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
          "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        ),
      },
    };
    expect(verifyDocumented(put).kind).toBe("ok");
  });
});

describe("what is refused by S3", () => {
  const refusals: [string, () => unknown, string][] = [
    [
      "another path than the signed one",
      () => verifyDocumented({ ...getExample, url: "/other.txt" }),
      "SignatureDoesNotMatch",
    ],
    [
      "another secret",
      () =>
        verifyDocumented(getExample, {
          identity: { ...documented, secretAccessKey: "other" },
        }),
      "SignatureDoesNotMatch",
    ],
    [
      "a key nobody knows",
      () =>
        verifyDocumented(getExample, {
          identity: { ...documented, accessKeyId: "AKIAOTHER" },
        }),
      "InvalidAccessKeyId",
    ],
    [
      "16 minutes of difference between the clocks",
      () => verifyDocumented(getExample, { atMs: documentedTimeMs + 960_000 }),
      "RequestTimeTooSkewed",
    ],
    [
      "a presigned URL one second after its life",
      () =>
        verifyDocumented(presignedExample, {
          atMs: documentedTimeMs + 86_401_000,
        }),
      "AccessDenied",
    ],
    [
      "an x-amz-* header that nobody signed",
      () =>
        verifyDocumented({
          ...getExample,
          headers: { ...getExample.headers, "x-amz-acl": "public-read" },
        }),
      "AccessDenied",
    ],
    [
      "no signature at all",
      () => verifyDocumented({ method: "GET", url: "/", headers: { host } }),
      "AccessDenied",
    ],
  ];
  it.each(refusals)("%s", (_, verify, code) => {
    expect(verify()).toMatchObject({ kind: "refused", code });
  });

  it("14 minutes of difference are accepted", () => {
    const atMs = documentedTimeMs + 840_000;
    expect(verifyDocumented(getExample, { atMs }).kind).toBe("ok");
  });
});

/** What the real SDK sends for a ListCommands. */
async function signWithSdk(
  credentials: NonNullable<SSMClientConfig["credentials"]>,
): Promise<SignedRequest> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const client = new SSMClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials,
  });
  const arrival = new Promise<SignedRequest>((resolve) => {
    server.on("request", async (request: IncomingMessage, response) => {
      const { method = "", url = "", headers } = request;
      resolve({ method, url, headers, body: await buffer(request) });
      response.end("{}");
    });
  });
  await client.send(new ListCommandsCommand({ CommandId: "x" }));
  client.destroy();
  server.close();
  return arrival;
}

describe("a session's keys under the SDK's own signature", () => {
  const session: Identity = {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "session-secret",
    sessionToken: "session-token",
    expiresAtEpochMs: Date.now() + 60_000,
    arn: "arn:aws:sts::123456789012:assumed-role/Rundeck/execution-7",
    account: "123456789012",
  };
  const credentials = {
    accessKeyId: session.accessKeyId,
    secretAccessKey: session.secretAccessKey,
    sessionToken: "session-token",
  };

  it("are accepted with their token, in the region they were signed for", async () => {
    const request = await signWithSdk(credentials);
    expect(verifySignature(request, () => session, Date.now()).kind).toBe("ok");
    expect(readClaim(request)?.scope).toMatchObject({
      region: "eu-west-1",
      service: "ssm",
    });
  });

  it("are refused in SSM's words: without the token, with a changed body, or once expired", async () => {
    const { accessKeyId, secretAccessKey } = credentials;
    const bare = await signWithSdk({ accessKeyId, secretAccessKey });
    const request = await signWithSdk(credentials);
    const forged = { ...request, body: Buffer.from('{"CommandId":"y"}') };
    const expired = { ...session, expiresAtEpochMs: Date.now() - 1 };
    const codes = [
      verifySignature(bare, () => session, Date.now()),
      verifySignature(forged, () => session, Date.now()),
      verifySignature(request, () => expired, Date.now()),
      verifySignature(request, () => undefined, Date.now()),
    ].map((verdict) => verdict.kind === "refused" && verdict.code);
    expect(codes).toEqual([
      "UnrecognizedClientException",
      "InvalidSignatureException",
      "ExpiredTokenException",
      "UnrecognizedClientException",
    ]);
  });
});
