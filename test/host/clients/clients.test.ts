import { beforeAll, describe, expect, it } from "vitest";
import type { LocalAws } from "../../../src/local/local-aws.ts";
import { itCopiesByCli } from "./copies.ts";
import { itRunsDocumented } from "./documented.ts";
import { preparePython } from "./python.ts";
import { runCases, titlesOf } from "./run-cases.ts";
import {
  commonSettings,
  failing,
  fleet,
  registerIdentities,
} from "./scenarios.ts";

/** Starting boto3 a dozen times over, on a small machine. */
const patienceMs = 420_000;

type Scenario = {
  title: string;
  script: string;
  /** Starts the local AWS and answers what the cases want to know of it. */
  start: () => Promise<{ aws: LocalAws; settings: object }>;
};

const scenarios: Scenario[] = [
  { title: "SSM under boto3", script: "ssm.py", start: fleet },
  { title: "output under boto3", script: "output.py", start: fleet },
  { title: "CloudWatch Logs under boto3", script: "logs.py", start: fleet },
  { title: "S3 under boto3, curl and wget", script: "s3.py", start: fleet },
  {
    title: "signatures, sessions and policies under boto3",
    script: "access.py",
    start: registerIdentities,
  },
  { title: "failures under boto3", script: "faults.py", start: failing },
  { title: "the AWS CLI", script: "cli.py", start: fleet },
];

const python = await preparePython();

describe.skipIf(python.kind === "missing")("the local AWS", () => {
  describe.each(scenarios)("$title", ({ script, start }) => {
    let results: Map<string, string>;

    beforeAll(async () => {
      if (python.kind === "missing") return;
      const { aws, settings } = await start();
      await using _ = aws;
      results = await runCases(script, {
        python: python.python,
        endpoint: aws.endpoint,
        settings: { ...commonSettings(aws), aws: python.aws, ...settings },
      });
    }, patienceMs);

    it.each(titlesOf(script))("%s", (title) => {
      expect(results.get(title)).toBe("passed");
    });
  });
});

describe.skipIf(python.kind === "missing")("a node with the AWS CLI", () => {
  if (python.kind === "ready") itCopiesByCli(python.aws);
});

describe.skipIf(python.kind === "missing")("the documents' AWS CLI", () => {
  if (python.kind === "ready") itRunsDocumented(python.aws);
});
