import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { runJob } from "../harness.ts";
import type { JobResult } from "../harness.ts";
import { findSecrets } from "./canaries.ts";
import { accessKeysOf, sendsTo } from "./requests.ts";

const secrets = {
  project: "canary/Project+Secret0000000000000000000",
  team: "canary/Team+Secret0000000000000000000000",
  wrong: "canary/Wrong+Secret000000000000000000000",
};
const securePassword = "canary-secure-option-password";

/** What each node runs. Rundeck splits the text at spaces, expands, and joins it again, so nothing here is quoted. */
const command =
  "echo out of ${node.name} ; echo err of ${node.name} >&2 ; echo in $PWD ; echo bash is $BASH_VERSION ;" +
  " echo passed $RD_NODE_NAME $RD_OPTION_COLOR [$RD_OPTION_PASSWORD] ; exit ${node.code}";

const executor = "plugin.NodeExecutor.awsssmexecutor";

/** One job over nodes that differ in one thing each; the JVM's start is paid once. */
export function describeEveryKindOfNode(zip: string): void {
  describe("one job over every kind of node", () => {
    let aws: LocalAws;
    let job: JobResult;
    let folder = "";

    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "rundeck-host-cwd-"));
      await mkdir(path.join(folder, "ground-floor"));
      aws = await startLocalAws({ nodes: 8 });
      for (const [accessKeyId, secretAccessKey] of [
        ["AKIAPROJECT000000000", secrets.project],
        ["AKIATEAM000000000000", secrets.team],
      ] as const)
        aws.identities.add({
          accessKeyId,
          secretAccessKey,
          arn: `arn:aws:iam::${aws.account}:user/${accessKeyId}`,
          account: aws.account,
        });
      job = await runJob(zip, {
        job: ["exec", command],
        options: `--threads 4 --keepgoing --global floor=ground-floor --job-option color=blue --secure-option password=${securePassword}`,
        nodes: nodesOf(aws),
        project: {
          "service.NodeExecutor.default.provider": "awsssmexecutor",
          [`project.${executor}.ssm-accessKeyId`]: "AKIAPROJECT000000000",
          [`project.${executor}.ssm-secretKey`]: "keys/aws/project",
          [`project.${executor}.ssm-delivery-timeout`]: "301",
          [`project.${executor}.ssm-shell`]: "",
          "project.ssm-working-directory": `${folder}/\${globals.floor}`,
        },
        framework: {
          [`framework.${executor}.ssm-endpoint-url`]: aws.endpoint,
          [`framework.${executor}.region`]: aws.region,
          [`framework.${executor}.ssm-delivery-timeout`]: "401",
          [`framework.${executor}.ssm-working-directory`]: "/",
          [`framework.${executor}.ssm-pass-variables`]:
            "RD_NODE_NAME,RD_OPTION_*",
          "framework.ssm-shell": "bash",
        },
        keys: {
          "keys/aws/project": `${secrets.project}\n`,
          "keys/aws/team": secrets.team,
          "keys/aws/wrong": secrets.wrong,
        },
      });
    });

    afterAll(async () => {
      await aws?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it("gives three nodes their own exit codes", () => {
      expect(
        ["zero", "three", "high"].map((name) => job.result(name).resultCode),
      ).toEqual([0, 3, 250]);
      expect(job.result("zero").success).toBe(true);
      expect(job.result("three").failureReason).toBe("NonZeroResultCode");
    });

    it("keeps stdout and stderr on their own streams, and adds nothing to either", () => {
      expect(job.text("three", "out").split("\n")).toContain("out of three");
      expect(job.text("three", "err")).toBe("err of three");
      expect(job.text("zero", "out")).not.toContain("err of");
    });

    it("takes a setting from the node, else from the project, else from the framework", () => {
      expect(deliveryTimeoutsOf("near")).toEqual([201]);
      expect(deliveryTimeoutsOf("zero")).toEqual([301]);
      expect(job.text("zero", "out")).toContain("\npassed zero blue []");
    });

    it("does not let an empty value hide a farther one", () => {
      expect(deliveryTimeoutsOf("blank")).toEqual([301]);
      // the project's ssm-shell is empty; the framework has it as a raw framework.ssm-shell
      expect(job.text("zero", "out")).toMatch(/^bash is \d/m);
    });

    it("finds a raw project.X in the project's file, before the framework's plugin property, and expands it", () => {
      expect(job.text("zero", "out")).toContain(`in ${folder}/ground-floor\n`);
    });

    it("signs with the secrets of Key Storage, the project's or the node's own", () => {
      expect(accessKeysOf(aws, idOf("zero"))).toEqual([
        { accessKeyId: "AKIAPROJECT000000000", verified: true },
      ]);
      expect(job.result("own-key").resultCode).toBe(0);
      expect(accessKeysOf(aws, idOf("own-key"))).toEqual([
        { accessKeyId: "AKIATEAM000000000000", verified: true },
      ]);
    });

    it.each([
      ["wrong-key", 77, "credentials-invalid"],
      ["no-key", 78, "setting-invalid"],
      ["no-instance", 78, "setting-missing"],
      ["bad-timeout", 78, "setting-invalid"],
      ["unknown", 69, "node-unreachable"],
    ])("ends %s with exit %i and one line", (name, exitCode, word) => {
      expect(job.result(name).resultCode).toBe(exitCode);
      const lines = job.text(name, "err").split("\n");
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(new RegExp(`^rundeck-ssm: ${word}: .`));
      expect(lines[0]).toContain(name);
      expect(job.text(name, "out")).toBe("");
    });

    it("sends AWS nothing for a node whose settings are wrong", () => {
      for (const name of ["no-key", "bad-timeout"])
        expect(accessKeysOf(aws, idOf(name))).toEqual([]);
    });

    it("shows no secret anywhere", async () => {
      const canaries = [...Object.values(secrets), securePassword];
      expect(await findSecrets(canaries, job, aws)).toEqual([]);
    });

    function idOf(name: string): string {
      return aws.instanceIds[names.indexOf(name)] ?? `no id for ${name}`;
    }

    function deliveryTimeoutsOf(name: string): (number | undefined)[] {
      return sendsTo(aws, idOf(name)).map((input) => input.TimeoutSeconds);
    }
  });
}

/** In the order of their instances; the nodes after them have none of their own. */
const names = [
  "zero",
  "three",
  "high",
  "near",
  "blank",
  "own-key",
  "wrong-key",
  "no-key",
];

function nodesOf(local: LocalAws): Record<string, Record<string, string>> {
  const [zero, three, high, near, blank, ownKey, wrongKey, noKey] =
    local.instanceIds;
  return {
    zero: node(zero, "0"),
    three: node(three, "3"),
    high: node(high, "250"),
    near: { ...node(near, "0"), "ssm-delivery-timeout": "201" },
    blank: { ...node(blank, "0"), "ssm-delivery-timeout": "" },
    "own-key": {
      ...node(ownKey, "0"),
      "ssm-accessKeyId": "AKIATEAM000000000000",
      "ssm-secretKey": "keys/aws/team",
    },
    "wrong-key": {
      ...node(wrongKey, "0"),
      "ssm-secretKey": "keys/aws/wrong",
    },
    "no-key": { ...node(noKey, "0"), "ssm-secretKey": "keys/aws/none" },
    "no-instance": { code: "0" },
    "bad-timeout": {
      ...node(zero, "0"),
      "ssm-execution-timeout": "soon",
    },
    unknown: node("i-0fffffffffffffff0", "0"),
  };
}

function node(
  instanceId: string | undefined,
  code: string,
): Record<string, string> {
  return { instanceId: instanceId ?? "", code };
}
