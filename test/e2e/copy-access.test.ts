import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import type { PolicyDocument } from "../../src/local/protocol.ts";
import { copierEnvironment, runPlugin } from "../support/plugin.ts";
import {
  bridge,
  bucketPolicy,
  nodePolicy,
  nodeRole,
} from "../support/documented-policies.ts";

const bucket = "automated-diagnostics";
const content = randomBytes(100_000);
const folder = mkdtempSync(path.join(tmpdir(), "bridge-access-"));
const file = path.join(folder, "file.bin");
const largeFile = path.join(folder, "large.bin");

/** What a role needs besides, if the SSM agent itself shall fetch: the list action is the bucket's. */
const mayList: PolicyDocument = {
  Statement: {
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: `arn:aws:s3:::${bucket}`,
  },
};
const mayGet: PolicyDocument = {
  Statement: {
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::${bucket}/*`,
  },
};

let local: LocalAws;
let folders = 0;

const noClients = ["aws", "python3", "curl", "wget"];
const nodes = {
  python: { without: ["aws", "curl", "wget"] },
  bare: { without: noClients },
  curl: { without: noClients.filter((tool) => tool !== "curl") },
  wget: { without: noClients.filter((tool) => tool !== "wget") },
};
type NodeName = keyof typeof nodes;

beforeAll(async () => {
  writeFileSync(file, content);
  writeFileSync(largeFile, randomBytes(3_000_000));
  local = await startLocalAws({
    folder,
    strict: true,
    nodes: Object.entries(nodes).map(([name, tools]) => ({
      tools,
      role: nodeRole(name, [nodePolicy(bucket)]),
    })),
  });
  local.identities.add(bridge);
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The documented policies on a fresh bucket; the nodes' role may do this besides, and we that. */
function open(also: { node?: PolicyDocument[]; us?: PolicyDocument[] } = {}) {
  local.s3.createBucket(bucket, { policy: bucketPolicy(bucket) });
  for (const node of local.nodes.values())
    node.role.policies = [nodePolicy(bucket), ...(also.node ?? [])];
  local.identities.add({
    ...bridge,
    policies: [...(bridge.policies ?? []), ...(also.us ?? [])],
  });
}
afterEach(() => local.faults.clear());

/** What every process of this machine was started with. */
function argumentsOfAll(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "latin1");
      } catch {
        return ""; // it has ended meanwhile
      }
    });
}

async function copy(name: NodeName, more: Record<string, string> = {}) {
  const to = path.join(folder, `to-${++folders}`);
  mkdirSync(to);
  const before = local.requests.length;
  const instanceId = local.instanceIds[Object.keys(nodes).indexOf(name)] ?? "";
  const ended = await runPlugin(
    "FileCopier",
    copierEnvironment(
      local,
      instanceId,
      { file, destination: to },
      {
        AWS_ACCESS_KEY_ID: bridge.accessKeyId,
        AWS_SECRET_ACCESS_KEY: bridge.secretAccessKey,
        RD_CONFIG_SSM_COPIER_BUCKET: bucket,
        RD_CONFIG_SSM_COPIER_PREFIX: "pass/through",
        ...more,
      },
    ),
  );
  const requests = local.requests.slice(before);
  return {
    to: `${to}/file.bin`,
    leftOnNode: readdirSync(to),
    exitCode: ended.exitCode,
    stdout: ended.stdout.toString(),
    stderr: ended.stderr,
    documents: requests
      .filter((made) => made.operation === "SendCommand")
      .map(({ input }) => JSON.stringify(input)),
  };
}

/** What is in the bucket when all is over: nothing, or objects without content. */
async function bytesLeft(): Promise<number> {
  const contents = await Promise.all(
    local.s3.keysOf(bucket).map((key) => local.s3.contentOf(bucket, key)),
  );
  return contents.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
}

describe("a copy under the policies of Rundeck's own SSM plugin", () => {
  it("reaches a node without AWS CLI by one command, signed with the node's role", async () => {
    open();
    const { to, stdout, stderr, exitCode, documents } = await copy("python");
    expect([exitCode, stdout, stderr]).toEqual([0, `${to}\n`, ""]);
    expect(readFileSync(to)).toEqual(content);
    expect(documents).toHaveLength(1);
    expect(documents.join("")).not.toContain("X-Amz-Signature");
  });

  it("overwrites the object with nothing, since it may not be deleted", async () => {
    open();
    await copy("python");
    expect(local.s3.keysOf(bucket)).toEqual([
      expect.stringMatching(/^pass\/through\/[0-9a-f]{32}$/),
    ]);
    expect(await bytesLeft()).toBe(0);
  });

  it("reaches a node without any tool inside commands, saying once what to allow", async () => {
    open();
    const { to, stdout, stderr, exitCode } = await copy("bare");
    expect([exitCode, stdout]).toEqual([0, `${to}\n`]);
    expect(readFileSync(to)).toEqual(content);
    expect(stderr).toMatch(
      /^rundeck-ssm: note: node web-1 .* could not fetch .*SSM agent: failed.*s3:ListBucket on arn:aws:s3:::automated-diagnostics .*\n$/,
    );
    expect(await bytesLeft()).toBe(0);
  });

  it("ends with 74 and the action to allow, if that would be too many commands", async () => {
    open();
    const { leftOnNode, stdout, stderr, exitCode } = await copy("bare", {
      RD_FILE_COPY_FILE: largeFile,
    });
    expect([exitCode, stdout]).toEqual([74, ""]);
    expect(stderr).toMatch(
      /^rundeck-ssm: transfer-failed: node web-1 .* could not fetch .*s3:ListBucket on [^\n]*\n$/,
    );
    expect(leftOnNode).toEqual([]);
    expect(await bytesLeft()).toBe(0);
  });
});

describe("a copy to a node without any tool", () => {
  it("is fetched by the SSM agent, if the node's role may list the bucket", async () => {
    open({ node: [mayList] });
    const { to, stdout, stderr, exitCode, documents } = await copy("bare");
    expect([exitCode, stdout, stderr]).toEqual([0, `${to}\n`, ""]);
    expect(readFileSync(to)).toEqual(content);
    expect(documents).toHaveLength(2);
    expect(documents[1]).toContain("AWS-RunRemoteScript");
  });
});

describe("a copy to a node whose role may not read the bucket", () => {
  it.each(["python", "curl", "wget"] as const)(
    "goes by a presigned URL through %s, if we may read it",
    async (name) => {
      open({ us: [mayGet] });
      local.s3.createBucket(bucket, {
        policy: {
          Statement: [bucketPolicy(bucket).Statement].flat().slice(1),
        },
      });
      for (const node of local.nodes.values()) node.role.policies = [];
      const { to, stdout, stderr, exitCode } = await copy(name);
      expect([exitCode, stdout, stderr]).toEqual([0, `${to}\n`, ""]);
      expect(readFileSync(to)).toEqual(content);
    },
  );

  it("goes by a presigned URL also where we may not use AWS-RunRemoteScript", async () => {
    open({ us: [mayGet] });
    local.s3.createBucket(bucket, {
      policy: { Statement: [bucketPolicy(bucket).Statement].flat().slice(1) },
    });
    for (const node of local.nodes.values()) node.role.policies = [];
    local.faults.add({
      kind: "error",
      code: "AccessDeniedException",
      operation: "SendCommand",
      skip: 1,
      times: 1,
    });
    const { to, stdout, stderr, exitCode, documents } = await copy("curl");
    expect([exitCode, stdout, stderr]).toEqual([0, `${to}\n`, ""]);
    expect(documents[1]).toContain("AWS-RunRemoteScript");
    expect(documents).toHaveLength(3);
  });

  it.each(["python", "curl", "wget"] as const)(
    "shows other users of the node no URL through %s",
    async (name) => {
      open({ us: [mayGet] });
      for (const node of local.nodes.values()) node.role.policies = [];
      local.s3.createBucket(bucket, {
        policy: {
          Statement: [bucketPolicy(bucket).Statement].flat().slice(1),
        },
      });
      const isUrl = (made: { input: unknown }) =>
        JSON.stringify(made.input).includes("X-Amz-Signature=");
      const before = local.requests.length;
      local.faults.add({ kind: "delay", ms: 300, operation: "GetObject" });
      const copying = copy(name);
      while (
        !local.requests
          .slice(before)
          .some((made) => made.operation === "GetObject" && isUrl(made))
      )
        await delay(2);
      const shown = argumentsOfAll().filter((words) =>
        words.includes("X-Amz-"),
      );
      const { exitCode } = await copying;
      expect(exitCode).toBe(0);
      expect(shown).toEqual([]);
    },
  );

  it("ends with 77 and the actions to allow, and shows no URL", async () => {
    open();
    local.s3.createBucket(bucket, {
      policy: { Statement: [bucketPolicy(bucket).Statement].flat().slice(1) },
    });
    for (const node of local.nodes.values()) node.role.policies = [];
    const { leftOnNode, stdout, stderr, exitCode } = await copy("python", {
      RD_FILE_COPY_FILE: largeFile,
    });
    expect([exitCode, stdout]).toEqual([77, ""]);
    expect(stderr).toMatch(/^rundeck-ssm: access-denied: [^\n]*s3:GetObject/);
    expect(stderr).not.toContain("X-Amz-");
    expect(leftOnNode).toEqual([]);
    expect(await bytesLeft()).toBe(0);
  });
});

describe("an object", () => {
  it("goes by DELETE where that is allowed", async () => {
    open({
      us: [
        {
          Statement: {
            Effect: "Allow",
            Action: "s3:DeleteObject",
            Resource: `arn:aws:s3:::${bucket}/*`,
          },
        },
      ],
    });
    await copy("python");
    expect(local.s3.keysOf(bucket)).toEqual([]);
  });

  it("is encrypted with the key that the bucket demands", async () => {
    const key = "arn:aws:kms:us-east-1:111122223333:key/abc";
    open();
    local.s3.createBucket(bucket, {
      policy: bucketPolicy(bucket),
      demandKmsKey: key,
    });
    const without = await copy("python");
    expect(without.exitCode).toBe(77);
    expect(without.stderr).toMatch(
      /^rundeck-ssm: access-denied: .*s3:PutObject/,
    );
    const { exitCode } = await copy("python", {
      RD_CONFIG_SSM_COPIER_KMS_KEY: key,
    });
    expect(exitCode).toBe(0);
  });

  it("finds its bucket in another region", async () => {
    open();
    local.s3.createBucket(bucket, {
      policy: bucketPolicy(bucket),
      region: "eu-west-1",
    });
    const { to, exitCode, stderr } = await copy("python");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(readFileSync(to)).toEqual(content);
  });

  it("needs a bucket that exists", async () => {
    open();
    const { exitCode, stderr } = await copy("python", {
      RD_CONFIG_SSM_COPIER_BUCKET: "no-such-bucket",
    });
    expect([exitCode, stderr.split("\n").length]).toEqual([77, 2]);
  });
});
