import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
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
import { copierEnvironment, startPlugin } from "../support/plugin.ts";
import { pidsWith } from "../support/processes.ts";

const bucket = "pass-through";
const folder = mkdtempSync(path.join(tmpdir(), "bridge-copy-kill-"));
chmodSync(folder, 0o755);
const isRoot = process.getuid?.() === 0;
const files = {
  /** One command. */
  small: Buffer.from("#!/bin/sh\necho deployed\n"),
  /** Several commands without a bucket, one put with it. */
  middle: randomBytes(300_000),
  /** Several parts. */
  large: randomBytes(20_000_000),
};
type FileName = keyof typeof files;

let local: LocalAws;
let folders = 0;

beforeAll(async () => {
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, name), content);
  local = await startLocalAws({ folder, nodes: 2, bucket });
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  local.faults.clear();
  local.faults.deniedActions.clear();
});

function startCopy(
  name: FileName,
  through?: string,
  more: Record<string, string> = {},
) {
  const to = path.join(folder, `to-${++folders}`);
  mkdirSync(to);
  chmodSync(to, 0o777); // for whoever writes there
  const running = startPlugin(
    "FileCopier",
    copierEnvironment(
      local,
      local.instanceIds[0] ?? "",
      { file: path.join(folder, name), destination: to },
      {
        ...(through === undefined
          ? {}
          : { RD_CONFIG_SSM_COPIER_BUCKET: through }),
        ...more,
      },
    ),
  );
  return { to, running };
}

/** Resolves when the local AWS has been asked for an operation once more than before. */
async function asked(operation: string, before: number): Promise<void> {
  while (countOf(operation) <= before) await delay(2);
}
const countOf = (operation: string) =>
  local.requests.filter((made) => made.operation === operation).length;

/**
 * What a copy has left: in the bucket, beside the destination, and running on the node. A file that took its place before the
 * kill reached the node is no trace, if it is whole.
 */
function traces(to: string, name: FileName) {
  const arrived = path.join(to, name);
  const isWhole =
    existsSync(arrived) && readFileSync(arrived).equals(files[name]);
  return {
    objects: local.s3.keysOf(bucket),
    uploads: local.s3.uploadsOf(bucket),
    files: readdirSync(to).filter((left) => !(isWhole && left === name)),
    processes: pidsWith(
      `AWS_SSM_INSTANCE_ID=${local.instanceIds[0] ?? ""}`,
    ).filter((pid) => isCopy(pid)),
  };
}
const isCopy = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(
      `TMPDIR=${folder}`,
    );
  } catch {
    return false;
  }
};
const nothing = { objects: [], uploads: [], files: [], processes: [] };

const killedLine =
  /^rundeck-ssm: cancelled: node web-1.*: killed by Rundeck[^\n]*\n$/;

describe("a killed copy", () => {
  it.each([
    ["while a command is sent", "small", undefined, "SendCommand"],
    ["between its commands", "middle", undefined, "GetCommandInvocation"],
    ["while it is put into the bucket", "middle", bucket, "PutObject"],
    ["while its parts are uploaded", "large", bucket, "UploadPart"],
    [
      "while an upload is completed",
      "large",
      bucket,
      "CompleteMultipartUpload",
    ],
    ["while the node fetches", "large", bucket, "GetObject"],
  ] as const)(
    "leaves nothing, killed %s",
    async (_, name, through, operation) => {
      const before = countOf(operation);
      local.faults.add({ kind: "delay", ms: 700, operation, times: 2 });
      const { to, running } = startCopy(name, through);
      await asked(operation, before);
      running.kill("SIGTERM");
      const { exitCode, stdout, stderr } = await running.ended;
      expect([exitCode, stdout.toString()]).toEqual([143, ""]);
      expect(stderr).toMatch(killedLine);
      expect(traces(to, name)).toEqual(nothing);
    },
  );

  it.each([
    ["root", {}],
    ...(isRoot ? [["nobody", { RD_NODE_SSM_RUN_AS: "nobody" }] as const] : []),
  ] as const)(
    "ends %s's fetch on the node though CancelCommand is denied",
    async (_, who) => {
      local.faults.deniedActions.add("ssm:CancelCommand");
      local.faults.add({ kind: "delay", ms: 30_000, operation: "GetObject" });
      const before = countOf("GetObject");
      const { to, running } = startCopy("large", bucket, who);
      await asked("GetObject", before);
      running.kill("SIGTERM");
      const { exitCode } = await running.ended;
      expect(exitCode).toBe(143);
      local.faults.clear();
      while (traces(to, "large").processes.length > 0) await delay(20);
      expect(traces(to, "large")).toEqual(nothing);
    },
  );

  it("completes and empties an upload that may not be aborted", async () => {
    local.faults.deniedActions.add("s3:AbortMultipartUpload");
    local.faults.deniedActions.add("s3:DeleteObject");
    const before = countOf("UploadPart");
    local.faults.add({ kind: "delay", ms: 300, operation: "UploadPart" });
    const { running } = startCopy("large", bucket);
    await asked("UploadPart", before);
    running.kill("SIGTERM");
    expect((await running.ended).exitCode).toBe(143);
    expect(local.s3.uploadsOf(bucket)).toEqual([]);
    const [key = ""] = local.s3.keysOf(bucket);
    expect(await local.s3.contentOf(bucket, key)).toEqual(Buffer.alloc(0));
    local.s3.createBucket(bucket);
  });

  it("leaves nothing at any moment", async () => {
    for (const name of ["small", "middle", "large"] as const)
      for (const through of [undefined, bucket]) {
        if (name === "large" && through === undefined) continue;
        for (let round = 0; round < 4; round += 1) {
          const { to, running } = startCopy(name, through);
          await delay(100 + Math.random() * 900);
          running.kill("SIGTERM");
          const { exitCode } = await running.ended;
          // null: ended by the signal itself, before the plugin was up
          expect([0, 143, null]).toContain(exitCode);
          expect(traces(to, name)).toEqual(nothing);
        }
      }
  });
});
