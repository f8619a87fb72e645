import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult, JobRequest } from "../harness.ts";
import { commandLines } from "./processes.ts";

/** Seconds that nobody else on this machine sleeps, so that its processes are found by them. */
const marker = `${88_000_000 + process.pid}`;

const parameters = `version: "\${option.version}"
hosts:
  - \${node.name}
  - other
`;

/** A job whose step is a document of three steps, on several nodes. */
export function describeDocumentStep(zip: string): void {
  describe("a job with a document step", () => {
    let aws: LocalAws;
    let job: JobResult;
    let folder = "";

    const step = (more: Partial<JobRequest> & { words: string[] }) => {
      const { words, ...rest } = more;
      return runJob(zip, {
        job: ["step", "aws-ssm-document", ...words],
        options: "--threads 2 --keepgoing",
        // everything but the document is the executor's
        project: {
          "project.plugin.NodeExecutor.awsssmexecutor.ssm-profile": "shop",
        },
        environment: {
          AWS_CONFIG_FILE: path.join(folder, "config"),
          AWS_REGION: aws.region,
          AWS_ENDPOINT_URL: aws.endpoint,
        },
        ...rest,
      });
    };

    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "rundeck-host-document-"));
      await writeFile(
        path.join(folder, "config"),
        "[profile shop]\naws_access_key_id = AKIASHOP\naws_secret_access_key = secret\n",
      );
      aws = await startLocalAws({
        nodes: 2,
        documents: [
          {
            name: "Shop-Deploy",
            versions: [
              {
                parameters: {
                  version: { type: "String", allowedPattern: "^[0-9.]+$" },
                  hosts: { type: "StringList" },
                },
                mainSteps: [
                  {
                    action: "aws:runShellScript",
                    name: "fetch",
                    inputs: { runCommand: ["echo fetched {{ version }}"] },
                  },
                  {
                    action: "aws:runShellScript",
                    name: "install",
                    inputs: {
                      runCommand: [
                        "echo '{{ hosts }}'",
                        "[ ! -e broken ] || exit 3",
                      ],
                    },
                  },
                  {
                    action: "aws:runShellScript",
                    name: "check",
                    inputs: { runCommand: ["echo checked; echo why >&2"] },
                  },
                ],
              },
            ],
          },
          {
            name: "Shop-Wait",
            versions: [
              {
                mainSteps: [
                  {
                    action: "aws:runShellScript",
                    name: "first",
                    inputs: { runCommand: ["echo one"] },
                  },
                  {
                    action: "aws:runShellScript",
                    name: "second",
                    inputs: { runCommand: [`touch began; sleep ${marker}`] },
                  },
                ],
              },
            ],
          },
        ],
      });
      const [, broken = ""] = aws.instanceIds;
      const home = aws.nodes.get(broken)?.folder ?? "";
      await writeFile(path.join(home, "broken"), "");
      job = await step({
        words: ["document=Shop-Deploy", `parameters=${parameters}`],
        jobOptions: { version: "1.10" },
        nodes: nodes(),
      });
    });

    afterAll(async () => {
      await aws?.close();
      await rm(folder, { recursive: true, force: true });
    });

    const nodes = () => {
      const [good = "", broken = ""] = aws.instanceIds;
      return { good: { instanceId: good }, broken: { instanceId: broken } };
    };

    it("passes its parameters, options and the node's name among them, and shows each step under its name", () => {
      expect(job.text("good", "out")).toMatch(
        /^RUNDECK:DATA:ssm-command-id = [0-9a-f-]{36}\n== fetch ==\nfetched 1\.10\n== install ==\n\["good","other"\]\n== check ==\nchecked\n/,
      );
      expect(job.text("good", "err")).toBe("why");
      expect(job.result("good").success).toBe(true);
    });

    it("gives what later steps may want to know in the form that Rundeck makes data of", () => {
      // rundeck, SimpleDataFilterPlugin: its pattern
      const pattern = /^RUNDECK:DATA:(.+?)\s*=\s*(.+)$/;
      const data = job
        .text("broken", "out")
        .split("\n")
        .map((line) => pattern.exec(line))
        .filter((match) => match !== null)
        .map(([, key, value]) => [key, value]);
      expect(Object.fromEntries(data)).toEqual({
        "ssm-command-id": expect.any(String),
        "ssm-status": "Failed",
        "ssm-exit-code": "3",
        "ssm-status.fetch": "Success",
        "ssm-exit-code.fetch": "0",
        "ssm-status.install": "Failed",
        "ssm-exit-code.install": "3",
        "ssm-status.check": "Success",
        "ssm-exit-code.check": "0",
      });
    });

    it("fails on a node with the code of the step that failed there", () => {
      expect(job.result("broken")).toMatchObject({
        success: false,
        resultCode: 3,
        failureReason: "NonZeroResultCode",
      });
      expect(job.text("broken", "out")).toContain(
        "== install == Failed, code 3",
      );
    });

    it("asks AWS with the credentials of the node executor", () => {
      const keys = aws.requests
        .filter(({ operation }) => operation === "SendCommand")
        .map(({ accessKeyId }) => accessKeyId);
      expect(keys).toEqual(["AKIASHOP", "AKIASHOP"]);
    });

    it("sends nothing where the document does not take what it is given, and names each mistake", async () => {
      const { good } = nodes();
      const before = aws.requests.length;
      const wrong = await step({
        words: [
          "document=Shop-Deploy",
          "parameters=version: new\nmode: fast\n",
        ],
        nodes: { good },
      });
      const ours = wrong
        .text("good", "err")
        .split("\n")
        // the harness's own log has the exception
        .filter((line) => line.startsWith("rundeck-ssm: "));
      expect(ours).toEqual([
        expect.stringContaining("parameter mode is unknown to Shop-Deploy"),
        expect.stringContaining("parameter hosts is missing"),
        expect.stringContaining('parameter version is "new"'),
      ]);
      expect(wrong.result("good").resultCode).toBe(78);
      expect(
        aws.requests.slice(before).map(({ operation }) => operation),
      ).not.toContain("SendCommand");
    });

    it("takes a secret that only Rundeck can open from its own properties in the project", async () => {
      const { good } = nodes();
      const own = "project.plugin.WorkflowNodeStep.aws-ssm-document";
      const opened = await step({
        words: ["document=AWS-RunShellScript", "parameters=commands: echo hi"],
        nodes: { good },
        keys: { "keys/shop": "opened-secret" },
        project: {
          [`${own}.ssm-accessKeyId`]: "AKIAKEYSTORAGE",
          [`${own}.ssm-secretKey`]: "keys/shop",
        },
      });
      expect(opened.result("good").success).toBe(true);
      const [last] = aws.requests.slice(-1);
      expect(last?.accessKeyId).toBe("AKIAKEYSTORAGE");
      expect(opened.everything).not.toContain("opened-secret");
    });

    it("is cancelled in AWS when the job is killed, and leaves nothing", async () => {
      const { good } = nodes();
      const goFile = path.join(folder, "go");
      const began = path.join(
        aws.nodes.get(good.instanceId)?.folder ?? "",
        "began",
      );
      const killing = untilThere(began).then(() => writeFile(goFile, ""));
      const killed = await step({
        words: ["document=Shop-Wait"],
        options: `--threads 1 --keepgoing --abort-when-file ${goFile} --linger-ms 5000`,
        nodes: { good },
      });
      await killing;
      expect(killed.total.aborted).toBe(true);
      expect(
        aws.requests.some(({ operation }) => operation === "CancelCommand"),
      ).toBe(true);
      await expect.poll(() => commandLines(killed.serverFolder)).toEqual([]);
      expect(await commandLines(marker)).toEqual([]);
    });
  });
}

/** Resolves when the file is there, or when that can't be hoped for any longer. */
async function untilThere(file: string): Promise<void> {
  const giveUpAtMs = Date.now() + 30_000;
  while (!existsSync(file) && Date.now() < giveUpAtMs) await sleep(50);
}
