import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { hasWindows, runOnWindows } from "../../../support/windows.ts";
import { runJob } from "../harness.ts";
import type { JobRequest, JobResult } from "../harness.ts";
import { commandLines } from "./processes.ts";

/** Pings that nobody else on this machine sends, so that their processes are found by them. */
const marker = `${86_000 + (process.pid % 1_000)}`;
const there = `C:\\Windows\\Temp\\host-${process.pid}`;

export function describeWindows(zip: string): void {
  describe.skipIf(!hasWindows)(
    "a job on a Windows node (RUNDECK_SSM_POWERSHELL)",
    () => {
      let aws: LocalAws;
      let folder = "";

      beforeAll(async () => {
        folder = await mkdtemp(path.join(os.tmpdir(), "rundeck-host-windows-"));
        aws = await startLocalAws({
          nodes: 0,
          windows: 1,
          powershell: process.env["RUNDECK_SSM_POWERSHELL"] ?? "",
        });
      });
      afterAll(async () => {
        await aws?.close();
        await rm(folder, { recursive: true, force: true });
      });

      const run = (job: string[], more: Partial<JobRequest> = {}) =>
        runJob(zip, { job, ...configOf(aws), ...more });

      it("has option values as data, whatever they hold", async () => {
        const value = "x\"; 'INJECTED'; \"";
        const job = await run(["exec", "Write-Output ${option.v}"], {
          jobOptions: { v: value },
        });
        expect(job.result("win")).toMatchObject({ success: true });
        expect(job.text("win", "out")).toBe(value);
        expect(job.text("win", "err")).toBe("");
      });

      it("runs a script step, which ends with its own code", async () => {
        // Rundeck calls it .bat there, unless the step says otherwise
        const file = path.join(folder, "step.bat");
        await writeFile(file, "@echo got %*\r\n@exit /b 4\r\n");
        const job = await run(["script", file, "a", "b"]);
        expect(job.text("win", "out")).toBe("got a b");
        expect(job.result("win").resultCode).toBe(4);
      });

      it("runs a script step from a folder with a blank, and leaves no script there", async () => {
        const file = path.join(folder, "blank.bat");
        await writeFile(file, "@echo got %*\r\n@exit /b 4\r\n");
        const { win } = configOf(aws).nodes;
        const scripts = `${there} scripts`;
        const job = await run(["script", file, "a", "b"], {
          nodes: { win: { ...win, "file-copy-destination-dir": scripts } },
        });
        expect(job.text("win", "out")).toBe("got a b");
        expect(job.result("win").resultCode).toBe(4);
        const { stdout } = await runOnWindows(
          `"there: $(Test-Path '${scripts}')"; Get-ChildItem -Name '${scripts}'; Remove-Item -Recurse '${scripts}'`,
        );
        expect(stdout.toString()).toBe("there: True\r\n");
      });

      it("copies a file, and says where it is", async () => {
        const file = path.join(folder, "app.conf");
        await writeFile(file, "key = ü\n");
        const job = await run(["copy", file, `${there}/`]);
        expect(job.result("win")).toMatchObject({
          success: true,
          remotePath: `${there}\\app.conf`,
        });
        const { stdout } = await runOnWindows(
          `[Convert]::ToBase64String([IO.File]::ReadAllBytes('${there}\\app.conf')); Remove-Item -Recurse ${there}`,
        );
        expect(Buffer.from(stdout.toString(), "base64").toString()).toBe(
          "key = ü\n",
        );
      });

      it("ends with all that it started, when it is killed", async () => {
        const goFile = path.join(folder, "go");
        const killer = untilPings(2).then(() => writeFile(goFile, ""));
        const job: JobResult = await run(
          [
            "exec",
            // Rundeck takes quotes away that begin a word
            `Start-Process ping.exe -ArgumentList:'-n','${marker}','127.0.0.1' -WindowStyle Hidden ; ping.exe -n ${marker} 127.0.0.1`,
          ],
          { options: `--abort-when-file ${goFile} --linger-ms 10000` },
        );
        await killer;
        expect(job.total.aborted).toBe(true);
        // (Rundeck waits a second for our code, which a busy machine may need longer for)
        expect(job.result("win").success).toBe(false);
        const left = () => commandLines(job.serverFolder);
        await expect.poll(left).toEqual([]);
        await expect.poll(pings).toEqual([]);
      }, 150_000);
    },
  );
}

async function pings(): Promise<string[]> {
  const lines = await commandLines(`-n ${marker}`);
  return lines.filter((line) => /^\S*ping/i.test(line));
}

/** Resolves when so many run, or when that can't be hoped for any longer. */
async function untilPings(count: number): Promise<void> {
  const giveUpAtMs = Date.now() + 60_000;
  while ((await pings()).length < count && Date.now() < giveUpAtMs)
    await sleep(50);
}

function configOf(aws: LocalAws) {
  return {
    nodes: {
      win: { instanceId: aws.instanceIds[0] ?? "", osFamily: "windows" },
    },
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
