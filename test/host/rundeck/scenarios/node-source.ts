import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../../../src/local/local-aws.ts";
import type { LocalAws } from "../../../../src/local/local-aws.ts";
import { listResources } from "../harness.ts";
import type { Resources } from "../harness.ts";
import { layOutServer } from "../server-files.ts";
import type { ServerFiles } from "../server-files.ts";

const regions = ["us-east-1", "eu-west-1", "ap-southeast-2"];
const accounts = ["222233334444", "555566667777"];
const roles = accounts.map((account) => `arn:aws:iam::${account}:role/rundeck`);
const count = 2_000;

/** A sixth in each region of each account; every fortieth is hybrid, every thousandth shares its name. */
function fleet() {
  return Array.from({ length: count }, (_, i) => ({
    instanceId: `${i % 40 === 7 ? "mi" : "i"}-${String(i).padStart(17, "0")}`,
    ...placeOf(i),
    tags: {
      Name: i % 1_000 === 0 ? "twin" : `web-${i}`,
      Env: i % 2 ? "prod" : "test",
    },
  }));
}

function placeOf(i: number) {
  const [region = "", account = ""] = [
    regions[i % 3],
    accounts[Math.floor(i / 3) % 2],
  ];
  return { region, account };
}

export function describeNodeSource(zip: string): void {
  describe(`the node source over ${count} nodes in 3 regions and 2 accounts, at 5 requests a second`, () => {
    let aws: LocalAws;
    let server: ServerFiles;
    let all: Resources;

    const list = (more: Record<string, string> = {}) =>
      listResources(server, {
        provider: "aws-ssm-nodes",
        properties: {
          regions: regions.join(","),
          "role-arns": roles.join(","),
          "ssm-accessKeyId": "AKIARUNDECK000000000",
          "ssm-secretKey": "keys/aws",
          ...more,
        },
        environment: { AWS_ENDPOINT_URL: aws.endpoint },
      });

    beforeAll(async () => {
      aws = await startLocalAws({ nodes: fleet(), requestsPerSecond: 5 });
      aws.identities.add({
        accessKeyId: "AKIARUNDECK000000000",
        secretAccessKey: "from-key-storage",
        arn: `arn:aws:iam::${aws.account}:user/rundeck`,
        account: aws.account,
      });
      for (const arn of roles)
        aws.identities.addRole({
          arn,
          trusts: [`arn:aws:iam::${aws.account}:user/rundeck`],
          policies: [
            {
              Statement: {
                Effect: "Allow",
                Action: [
                  "ssm:DescribeInstanceInformation",
                  "ssm:ListTagsForResource",
                  "ec2:DescribeInstances",
                ],
                Resource: "*",
              },
            },
          ],
        });
      server = await layOutServer(zip, {
        keys: { "keys/aws": "from-key-storage" },
      });
      all = await list();
    }, 180_000);

    afterAll(async () => {
      server[Symbol.dispose]();
      await aws.close();
    });

    it("gives all of them in the time that it has", () => {
      expect(all.error).toBeUndefined();
      expect(all.nodes.size).toBe(count);
      expect(all.stderr).not.toContain("rundeck-ssm:");
    });

    it("gives each the attributes of the EC2 source, and how commands get there", () => {
      expect(all.nodes.get("web-1")).toMatchObject({
        attributes: {
          instanceId: "i-00000000000000001",
          region: "eu-west-1",
          account: accounts[0],
          osFamily: "unix",
          state: "running",
          pingStatus: "Online",
          "tag:Env": "prod",
          "node-executor": "awsssmexecutor",
          "file-copier": "aws-ssm-copier",
          "ssm-assume-role": "true",
          "ssm-assume-role-arn": roles[0],
        },
      });
      expect(all.nodes.get("web-7")).toMatchObject({
        attributes: {
          instanceId: "mi-00000000000000007",
          "tag:Env": "prod",
          "ssm-assume-role-arn": roles[0],
        },
      });
    });

    it("gives them the tags of the EC2 source", () => {
      const tagsOf = (name: string) => all.nodes.get(name)?.tags.toSorted();
      expect(tagsOf("web-1")).toEqual(["ec2", "running"]);
      expect(tagsOf("web-7")).toEqual(["hybrid"]);
    });

    it("keeps both nodes of one name", () => {
      const twins = [...all.nodes.keys()].filter((name) =>
        name.startsWith("twin"),
      );
      expect(twins.toSorted()).toEqual([
        "twin-i-00000000000000000",
        "twin-i-00000000000001000",
      ]);
    });

    it("gives all of them while a region fails, and says why where it can be found", async () => {
      using _ = failing(aws, "eu-west-1");
      const again = await list();
      expect([...again.nodes]).toEqual([...all.nodes]);
      const line =
        /region eu-west-1, role arn:aws:iam::222233334444:role\/rundeck: AWS failed to answer .*; listed as of .*: 334 nodes/;
      expect(again.stderr).toMatch(line);
      const folder = path.join(
        server.folder,
        "base/projects/harness/var/aws-ssm-nodes",
      );
      const [report = ""] = (await readdir(folder)).filter((name) =>
        name.startsWith("report"),
      );
      expect(await readFile(path.join(folder, report), "utf8")).toMatch(line);
    });

    it("fails where a region fails that has never answered, so that Rundeck keeps the nodes that it has", async () => {
      using _ = failing(aws, "eu-west-1");
      const others = await list({ filter: "tag:Env=prod" });
      expect(others.error).toContain("Script execution failed with result: 75");
      expect(others.nodes.size).toBe(0);
      expect(others.stderr).toContain("rundeck-ssm: aws-failing: region eu");
    });

    it("gives no nodes where there are none, which is no failure", async () => {
      const none = await list({ filter: "tag:Env=nothing" });
      expect(none.error).toBeUndefined();
      expect(none.nodes.size).toBe(0);
    });
  });
}

function failing(aws: LocalAws, region: string): Disposable {
  const order = aws.faults.add({
    kind: "error",
    code: "InternalServerError",
    status: 500,
    region,
    service: "ssm",
  });
  return { [Symbol.dispose]: () => order.remove() };
}
