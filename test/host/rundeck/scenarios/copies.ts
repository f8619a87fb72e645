import { randomBytes } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";

const bucket = "pass-through";
/** Three nodes without a bucket, and three whose files all go through one. */
const inline = ["one", "two", "three"];
const through = ["four", "five", "six"];
const names = [...inline, ...through];

const script = `#!/bin/sh
printf 'ran by %s with <%s> <%s>\\n' "$AWS_SSM_INSTANCE_ID" "$1" "$2"
exit 5
`;

/** Copy steps and script steps, each on all nodes at once. */
export function describeCopies(zip: string): void {
  describe("files and scripts", () => {
    let aws: LocalAws;
    let folder = "";
    const file = () => path.join(folder, "app.conf");
    const content = randomBytes(5_000);

    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "rundeck-host-copy-"));
      await writeFile(file(), content);
      await writeFile(path.join(folder, "step.sh"), script);
      aws = await startLocalAws({ nodes: 6, bucket });
    });
    afterAll(async () => {
      await aws?.close();
      await rm(folder, { recursive: true, force: true });
    });

    const run = (job: string[]) =>
      runJob(zip, {
        job,
        options: "--threads 3 --keepgoing",
        ...configOf(aws),
      });
    const homeOf = (name: string) =>
      aws.nodes.get(aws.instanceIds[names.indexOf(name)] ?? "")?.folder ?? "";

    describe("a file copied into a folder", () => {
      let job: JobResult;
      beforeAll(async () => {
        for (const name of names)
          await mkdir(path.join(homeOf(name), "config"));
        job = await run(["copy", file(), "config/"]);
      });

      it.each(names)(
        "is whole on node %s, where the answer says",
        async (name) => {
          const there = path.join(homeOf(name), "config/app.conf");
          expect(job.result(name)).toMatchObject({
            success: true,
            remotePath: there,
          });
          expect(await readFile(there)).toEqual(content);
          expect((await stat(there)).mode & 0o777).toBe(0o600);
          expect(await readdir(path.dirname(there))).toEqual(["app.conf"]);
        },
      );

      it("has left nothing in the bucket", () => {
        expect(aws.s3.keysOf(bucket)).toEqual([]);
        expect(aws.requests.map((made) => made.operation)).toContain(
          "PutObject",
        );
      });

      it("has said nothing on stderr", () => {
        expect(job.log.filter((line) => line.stream === "err")).toEqual([]);
      });
    });

    describe("an inline script with arguments", () => {
      let job: JobResult;
      beforeAll(async () => {
        job = await run(["script", path.join(folder, "step.sh"), "a", "b c"]);
      });

      it.each(names)("ran on node %s, with its own exit code", (name) => {
        const id = aws.instanceIds[names.indexOf(name)] ?? "";
        expect(job.text(name, "out")).toBe(`ran by ${id} with <a> <b c>`);
        expect(job.result(name).resultCode).toBe(5);
      });

      it("has left neither script nor object", async () => {
        expect(aws.s3.keysOf(bucket)).toEqual([]);
        const left = await readdir(os.tmpdir());
        expect(
          left.filter((item) => /^0-.*step|^\.rundeck-ssm-\w{24}/.test(item)),
        ).toEqual([]);
      });
    });

    it("keeps an old file and says why, where a copy can't be", async () => {
      for (const name of names) {
        const home = homeOf(name);
        await writeFile(path.join(home, "in-the-way"), "old");
        await chmod(path.join(home, "in-the-way"), 0o644);
      }
      const job = await run(["copy", file(), "in-the-way/app.conf"]);
      for (const name of names) {
        expect(job.result(name).success).toBe(false);
        expect(job.text(name, "err")).toMatch(
          /^rundeck-ssm: transfer-failed: node \w+ .*folder.*$/,
        );
        expect(
          await readFile(path.join(homeOf(name), "in-the-way"), "utf8"),
        ).toBe("old");
      }
    });

    it.each([
      ["upload", "PutObject"],
      ["fetch", "GetObject"],
    ])(
      "leave nothing when the job is killed during the %s",
      async (_, operation) => {
        const before = aws.requests.length;
        const fault = aws.faults.add({ kind: "delay", ms: 3_000, operation });
        const goFile = path.join(folder, `go-${operation}`);
        const isAsked = () =>
          aws.requests
            .slice(before)
            .some((made) => made.operation === operation);
        const killer = until(isAsked).then(() => writeFile(goFile, ""));
        const job = await runJob(zip, {
          ...configOf(aws),
          job: ["copy", file(), "killed/"],
          options: `--threads 3 --keepgoing --node-filter four,five,six --abort-when-file ${goFile} --linger-ms 8000`,
        });
        await killer;
        fault.remove();
        expect(job.total.aborted).toBe(true);
        await expect.poll(() => aws.s3.keysOf(bucket)).toEqual([]);
        for (const name of through)
          expect(
            await readdir(path.join(homeOf(name), "killed")).catch(() => []),
          ).toEqual([]);
      },
    );
  });
}

/** Resolves when it is so, or can't be hoped for any longer. */
async function until(isSo: () => boolean): Promise<void> {
  const giveUpAtMs = Date.now() + 30_000;
  while (!isSo() && Date.now() < giveUpAtMs) await sleep(10);
}

function configOf(aws: LocalAws) {
  const nodes = names.map((name, index): [string, Record<string, string>] => [
    name,
    {
      instanceId: aws.instanceIds[index] ?? "",
      ...(through.includes(name)
        ? { "ssm-copier-bucket": bucket, "ssm-copier-inline-limit": "0" }
        : {}),
    },
  ]);
  return {
    nodes: Object.fromEntries(nodes),
    project: {
      "service.NodeExecutor.default.provider": "awsssmexecutor",
      "service.FileCopier.default.provider": "aws-ssm-copier",
    },
    environment: {
      AWS_ACCESS_KEY_ID: "AKIASERVER0000000000",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: aws.region,
      AWS_ENDPOINT_URL: aws.endpoint,
    },
  };
}
