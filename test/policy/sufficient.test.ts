import { afterAll, describe, expect, it } from "vitest";
import { listOmissions, policiesFor } from "../support/printed-policies.ts";
import type { Observation } from "../support/policy-world.ts";
import type { Omission } from "../support/printed-policies.ts";
import { aws, removeFiles, scenarios } from "./scenarios.ts";
import type { ScenarioName } from "./scenarios.ts";

afterAll(removeFiles);

/** How each run ends with the printed policies: with nothing denied, nothing left, and nothing said but of a kill. */
const endings: Record<ScenarioName, Partial<Observation>> = {
  command: { exitCode: 0, stdout: "hi\n" },
  hybrid: { exitCode: 0, stdout: "hi\n" },
  lostSend: { exitCode: 0, stdout: "hi\n", history: ["Success"] },
  killed: { exitCode: 143, history: ["Cancelled", "Success"] },
  shared: { exitCode: 0, stdout: "hi\n" },
  logged: { exitCode: 0, stdout: "hi\n" },
  assumed: { exitCode: 0, stdout: "hi\n" },
  output: { exitCode: 0, isSigned: true },
  outputByRole: { exitCode: 0, isSigned: false },
  copy: { exitCode: 0 },
  copyLostSend: { exitCode: 0, history: ["Success"] },
  copyKilled: { exitCode: 143, history: ["Cancelled", "Success"] },
  copyAssumed: { exitCode: 0 },
  file: { exitCode: 0 },
  fileByAgent: { exitCode: 0 },
  largeFile: { exitCode: 0 },
  cutUpload: { exitCode: 143 },
  foreignFile: { exitCode: 0 },
  foreignFileByAgent: { exitCode: 0 },
  foreignLargeFile: { exitCode: 0 },
  foreignCutUpload: { exitCode: 143 },
  foreignOutput: { exitCode: 0, isSigned: true },
  foreignOutputByRole: { exitCode: 0, isSigned: false },
};

const names = Object.keys(endings).filter(
  (name): name is ScenarioName => name in scenarios,
);
/** Progress is told where it takes its time. */
const isKill =
  /^(?:rundeck-ssm: note: [^\n]* uploaded \d+ % [^\n]*\n)*(?:rundeck-ssm: cancelled: [^\n]*\n)?$/;
const needsAwsCli = (name: ScenarioName) =>
  aws.kind === "missing" && name.endsWith("ByRole");

const denied = { exitCode: 77 };
const unread = {
  exitCode: 0,
  stderr: expect.stringMatching(/^rundeck-ssm: note: .*logs:GetLogEvents.*\n$/),
};
const unwritten = {
  exitCode: 0,
  stderr: expect.stringContaining("the output came through SSM instead"),
};
const completed = {
  asked: expect.arrayContaining(["CompleteMultipartUpload"]),
};
const unused = {
  exitCode: 0,
  stderr: expect.stringContaining("ssm-output-bucket"),
};
const emptied = { left: [expect.anything()] };
const unfetched = { stderr: expect.stringContaining("could not fetch") };
const unheard = { stderr: expect.stringContaining("never begun") };

/** What is missing, the run that shows it, and what comes of it there. */
type Case = [Omission, ScenarioName, object];
const of = (kind: Omission["kind"], sid: string, action: string): Omission => ({
  kind,
  sid,
  action,
});

const cases: Case[] = [
  [of("executor", "SendDocuments", "ssm:SendCommand"), "command", denied],
  [of("executor", "SendToNodes", "ssm:SendCommand"), "command", denied],
  [
    of("executor", "FollowCommands", "ssm:GetCommandInvocation"),
    "command",
    denied,
  ],
  [of("executor", "FollowCommands", "ssm:ListCommands"), "lostSend", denied],
  [
    of("executor", "FollowCommands", "ssm:CancelCommand"),
    "killed",
    { history: ["Failed", "Success"] },
  ],
  [
    of("executor", "FollowCommands", "ssm:ListCommandInvocations"),
    "shared",
    { denied: ["ListCommandInvocations"] },
  ],
  [of("executor", "ReadLogs", "logs:GetLogEvents"), "logged", unread],
  [of("executor", "AssumeRole", "sts:AssumeRole"), "assumed", denied],
  [of("executor", "PassOutput", "s3:PutObject"), "output", unused],
  [of("executor", "PassOutput", "s3:GetObject"), "output", unused],
  [of("executor", "PassOutput", "s3:DeleteObject"), "output", emptied],
  [of("executor", "UseKey", "kms:GenerateDataKey"), "output", unused],
  [of("executor", "UseKey", "kms:Decrypt"), "output", unused],
  [of("copier", "SendDocuments", "ssm:SendCommand"), "copy", denied],
  [of("copier", "SendToNodes", "ssm:SendCommand"), "copy", denied],
  [of("copier", "FollowCommands", "ssm:GetCommandInvocation"), "copy", denied],
  [of("copier", "FollowCommands", "ssm:ListCommands"), "copyLostSend", denied],
  [
    of("copier", "FollowCommands", "ssm:CancelCommand"),
    "copyKilled",
    { history: ["Failed", "Success", "Success"] },
  ],
  [of("copier", "AssumeRole", "sts:AssumeRole"), "copyAssumed", denied],
  [of("copier", "PassFiles", "s3:PutObject"), "file", denied],
  [of("copier", "PassFiles", "s3:DeleteObject"), "file", emptied],
  [
    of("copier", "PassFiles", "s3:AbortMultipartUpload"),
    "cutUpload",
    completed,
  ],
  [of("copier", "UseKey", "kms:GenerateDataKey"), "largeFile", denied],
  [of("copier", "UseKey", "kms:Decrypt"), "largeFile", denied],
  [
    of("node", "ServeCommands", "ssm:UpdateInstanceInformation"),
    "command",
    { exitCode: 69 },
  ],
  [
    of("node", "ServeCommands", "ssmmessages:CreateControlChannel"),
    "killed",
    unheard,
  ],
  [
    of("node", "ServeCommands", "ssmmessages:OpenControlChannel"),
    "killed",
    unheard,
  ],
  [of("node", "WriteLogs", "logs:CreateLogStream"), "logged", unwritten],
  [of("node", "WriteLogs", "logs:DescribeLogStreams"), "logged", unwritten],
  [of("node", "WriteLogs", "logs:PutLogEvents"), "logged", unwritten],
  [of("node", "FetchFiles", "s3:GetObject"), "file", unfetched],
  [of("node", "FindFiles", "s3:ListBucket"), "fileByAgent", unfetched],
  [
    of("node", "SendOutput", "s3:PutObject"),
    "outputByRole",
    { isSigned: true },
  ],
  [of("node", "UseKeyOnNodes", "kms:Decrypt"), "largeFile", unfetched],
  [
    of("node", "UseKeyOnNodes", "kms:GenerateDataKey"),
    "outputByRole",
    { isSigned: true },
  ],
  [of("bucket", "PassFiles", "s3:PutObject"), "foreignFile", denied],
  [of("bucket", "PassFiles", "s3:DeleteObject"), "foreignFile", emptied],
  [
    of("bucket", "PassFiles", "s3:AbortMultipartUpload"),
    "foreignCutUpload",
    completed,
  ],
  [of("bucket", "FetchFiles", "s3:GetObject"), "foreignFile", unfetched],
  [of("bucket", "FindFiles", "s3:ListBucket"), "foreignFileByAgent", unfetched],
  [of("bucket", "PassOutput", "s3:PutObject"), "foreignOutput", unused],
  [of("bucket", "PassOutput", "s3:GetObject"), "foreignOutput", unused],
  [of("bucket", "PassOutput", "s3:DeleteObject"), "foreignOutput", emptied],
  [
    of("bucket", "SendOutput", "s3:PutObject"),
    "foreignOutputByRole",
    { isSigned: true },
  ],
  [of("key", "UseKey", "kms:GenerateDataKey"), "foreignLargeFile", denied],
  [of("key", "UseKey", "kms:Decrypt"), "foreignLargeFile", denied],
  [of("key", "UseKeyOnNodes", "kms:Decrypt"), "foreignLargeFile", unfetched],
  [
    of("key", "UseKeyOnNodes", "kms:GenerateDataKey"),
    "foreignOutputByRole",
    { isSigned: true },
  ],
  [of("trust", "TrustRundeck", "sts:AssumeRole"), "assumed", denied],
  [
    { kind: "copier", sid: "SendDocuments", resource: "/AWS-RunRemoteScript" },
    "fileByAgent",
    unfetched,
  ],
  [
    { kind: "executor", sid: "SendToNodes", resource: ":managed-instance/*" },
    "hybrid",
    denied,
  ],
];

const label = ({ kind, sid, action, resource }: Omission) =>
  `${kind} ${sid} ${action ?? resource ?? ""}`;

/** It ends what hangs: five whole runs at a time beside a busy neighbour take their time. */
const patient = { timeout: 240_000 };

describe.concurrent("with the printed policies", patient, () => {
  it.each(names)("%s is whole, and asks for nothing more", async (name) => {
    if (needsAwsCli(name)) return;
    const seen = await scenarios[name].observe();
    expect(seen, `it said: ${seen.stderr}`).toMatchObject({
      denied: [],
      left: [],
      ...endings[name],
    });
    expect(seen.stderr).toMatch(isKill);
  });
});

describe.concurrent("without one action or resource of them", patient, () => {
  it.each(cases.map((one) => [label(one[0]), one] as const))(
    "%s something breaks",
    async (_, [missing, name, broken]) => {
      if (needsAwsCli(name)) return;
      expect(await scenarios[name].observe(missing)).toMatchObject(broken);
    },
  );
});

describe("conditions of the printed policies", () => {
  const refused = { exitCode: 77, history: [] };

  it("nodes without the tag are none of theirs", async () => {
    expect(
      await scenarios.command.observe(undefined, ["--tag", "App=shop"]),
    ).toMatchObject(refused);
  });

  it("a role is not trusted to whoever gives another external id", async () => {
    expect(
      await scenarios.assumed.observe(undefined, ["--external-id", "x-2"]),
    ).toMatchObject(refused);
  });
});

describe("the cases", () => {
  it("are of every action of every statement, but of a key's administrators", () => {
    const printed = names.flatMap((name) =>
      listOmissions(policiesFor(scenarios[name].words)).map(label),
    );
    const expected = new Set(
      printed.filter((text) => !text.startsWith("key ManageKey ")),
    );
    const covered = cases
      .map(([missing]) => missing)
      .filter(({ resource }) => resource === undefined);
    expect(new Set(covered.map(label))).toEqual(expected);
  });

  it("KMS refuses a key's policy without its administrators", async () => {
    await expect(
      scenarios.foreignLargeFile.observe({ kind: "key", sid: "ManageKey" }),
    ).rejects.toMatchObject({ code: "MalformedPolicyDocumentException" });
  });
});
