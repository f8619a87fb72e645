import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import {
  type ClientRequest,
  type IncomingMessage,
  request as startRequest,
} from "node:http";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";

/** S3 as a node's agent uses it, with the node's role. Every call answers the HTTP status. */
export type NodeBuckets = {
  upload(bucket: string, key: string, file: string): Promise<number>;
  headBucket(bucket: string): Promise<number>;
  list(
    bucket: string,
    prefix: string,
  ): Promise<{ status: number; keys: string[] }>;
  download(bucket: string, key: string, file: string): Promise<number>;
};

/** Talks to our own endpoint, so that policies, faults and records see a node's calls like all others. */
export function openBuckets(
  endpoint: () => string,
  headers: Record<string, string>,
): NodeBuckets {
  function start(method: string, path: string, more = {}): ClientRequest {
    return startRequest(new URL(path, endpoint()), {
      method,
      headers: { ...headers, ...more },
    });
  }
  return {
    upload: async (bucket, key, file) => {
      const { size } = await stat(file);
      const request = start("PUT", pathOf(bucket, key), {
        "content-length": size,
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
      });
      const answered = answerOf(request);
      await pipeline(createReadStream(file), request).catch(() => undefined);
      return await finish(answered);
    },
    headBucket: async (bucket) => {
      const request = start("HEAD", pathOf(bucket, ""));
      request.end();
      return await finish(answerOf(request));
    },
    list: async (bucket, prefix) => {
      const query = `?list-type=2&encoding-type=url&prefix=${encodeURIComponent(prefix)}`;
      const request = start("GET", pathOf(bucket, "") + query);
      request.end();
      const answer = await answerOf(request);
      return {
        status: answer.statusCode ?? 0,
        keys: parseKeys(await text(answer)),
      };
    },
    download: async (bucket, key, file) => {
      const request = start("GET", pathOf(bucket, key));
      request.end();
      const answer = await answerOf(request);
      if (answer.statusCode !== 200) return await finish(answer);
      await mkdir(dirname(file), { recursive: true });
      await pipeline(answer, createWriteStream(file, { mode: 0o700 }));
      return 200;
    },
  };
}

function pathOf(bucket: string, key: string): string {
  return `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
}

async function finish(
  answered: IncomingMessage | Promise<IncomingMessage>,
): Promise<number> {
  const answer = await answered;
  answer.resume();
  return answer.statusCode ?? 0;
}

function parseKeys(xml: string): string[] {
  return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) =>
    decodeURIComponent(key.replaceAll("+", " ")),
  );
}
