import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { runPlugin, stepEnvironment } from "../support/plugin.ts";

const jobs = z.array(
  z.object({
    name: z.string(),
    sequence: z.object({
      commands: z.array(
        z.looseObject({
          type: z.string().optional(),
          nodeStep: z.boolean().optional(),
          configuration: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  }),
);

type Example = { job: string; configuration: Record<string, string> };

/** The document steps of all jobs in docs/documents.md. */
async function readExamples(): Promise<Example[]> {
  const text = await readFile("docs/documents.md", "utf8");
  const blocks = [...text.matchAll(/^```yaml\n(- name: .*?)^```$/gms)];
  return blocks.flatMap(([, yaml = ""]) =>
    jobs.parse(parse(yaml)).flatMap(({ name, sequence }) =>
      sequence.commands
        .filter(({ type }) => type === "aws-ssm-document")
        .map(({ nodeStep, configuration = {} }) => {
          expect(nodeStep).toBe(true);
          return { job: name, configuration };
        }),
    ),
  );
}

describe("the jobs of docs/documents.md", async () => {
  const examples = await readExamples();
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await startLocalAws({ nodes: 1 });
  });
  afterAll(() => aws.close());

  it("are three", () => {
    expect(
      examples.map(({ configuration }) => configuration["document"]),
    ).toEqual([
      "AWS-RunPatchBaseline",
      "AWS-ConfigureAWSPackage",
      "AWS-UpdateSSMAgent",
    ]);
  });

  it.each(examples)("$job runs", async ({ configuration }) => {
    const [node = ""] = aws.instanceIds;
    const ran = await runPlugin(
      "WorkflowNodeStep",
      stepEnvironment(aws, node, configuration),
    );
    expect(ran.stderr).toBe("");
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout.toString()).toContain(
      "RUNDECK:DATA:ssm-status = Success\n",
    );
  });
});
