import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { machineMs } from "../../../support/patience.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";
import { commandLines } from "./processes.ts";

/** Seconds that nobody else on this machine sleeps, so that its processes are found by them. */
const runningMarker = `${86_000_000 + process.pid}`;
const unansweredMarker = `${87_000_000 + process.pid}`;

const command =
  "setsid sleep ${node.marker} & sleep ${node.marker} & touch began ; echo started ; sleep ${node.marker}";

export function describeKill(zip: string): void {
  describe("a killed job", () => {
    let aws: LocalAws;
    let job: JobResult;
    let folder = "";
    let killedAtMs = 0;

    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "rundeck-host-kill-"));
      aws = await startLocalAws({ nodes: 2 });
      const [running = "", unanswered = ""] = aws.instanceIds;
      // the command starts at once, but we are not told for longer than the kill takes
      aws.faults.add({
        kind: "delay",
        ms: 8_000,
        operation: "SendCommand",
        instanceId: unanswered,
        times: 1,
      });
      const goFile = path.join(folder, "go");
      const killer = whenBothRun(aws).then(() => {
        killedAtMs = Date.now();
        return writeFile(goFile, "");
      });
      job = await runJob(zip, {
        job: ["exec", command],
        // a server outlives its executions, and so do the entries that it started
        options: `--threads 2 --keepgoing --abort-when-file ${goFile} --linger-ms 10000`,
        nodes: {
          running: { instanceId: running, marker: runningMarker },
          unanswered: { instanceId: unanswered, marker: unansweredMarker },
        },
        project: { "service.NodeExecutor.default.provider": "awsssmexecutor" },
        environment: {
          AWS_ACCESS_KEY_ID: "AKIASERVER0000000000",
          AWS_SECRET_ACCESS_KEY: "secret",
          AWS_REGION: aws.region,
          AWS_ENDPOINT_URL: aws.endpoint,
        },
      });
      await killer;
    });

    afterAll(async () => {
      await aws?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it("is cancelled in AWS, and ends with 143", () => {
      const cancel = aws.requests.find(
        (request) => request.operation === "CancelCommand",
      );
      expect((cancel?.atMs ?? Infinity) - killedAtMs).toBeLessThan(machineMs);
      expect(job.total.aborted).toBe(true);
      expect(job.result("running").failureMessage).toContain(
        "Execution interrupted with code: 143",
      );
    });

    // first, because what follows is true when our own work is done
    it("leaves no process of ours on the server", async () => {
      const ours = () => commandLines(job.serverFolder);
      await expect.poll(ours).toEqual([]);
    });

    it("leaves no process of the command on the node, in its own session or not", async () => {
      expect(await commandLines(runningMarker)).toEqual([]);
    });

    it("leaves no process where the kill came before the send had answered", async () => {
      expect(await commandLines(unansweredMarker)).toEqual([]);
    });

    it("leaves no file of ours on the nodes", async () => {
      for (const { folder: home } of aws.nodes.values())
        expect(await readdir(path.join(home, "tmp"))).toEqual([]);
    });
  });
}

/** Resolves when every node runs its command, or when that can't be hoped for any longer. */
async function whenBothRun(aws: LocalAws): Promise<void> {
  const folders = [...aws.nodes.values()].map((node) => node.folder);
  const giveUpAtMs = Date.now() + 30_000;
  while (!(await allBegan(folders)) && Date.now() < giveUpAtMs) await sleep(50);
}

async function allBegan(folders: string[]): Promise<boolean> {
  const names = await Promise.all(folders.map((folder) => readdir(folder)));
  return names.every((files) => files.includes("began"));
}
