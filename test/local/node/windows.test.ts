import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CancelCommandCommand,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  SendCommandCommand,
} from "@aws-sdk/client-ssm";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "../../../src/local/local-aws.ts";
import { pidsWith } from "../../support/processes.ts";
import { hasWindows } from "../../support/windows.ts";
import {
  finished,
  openClient,
  run as runOn,
  send as sendTo,
  until,
} from "../support/client.ts";

const document = { DocumentName: "AWS-RunPowerShellScript" };
const powershell = process.env.RUNDECK_SSM_POWERSHELL ?? "";
const bucket = "output";
const logGroup = "/local/windows";

function openS3({ endpoint, region }: LocalAws): S3Client {
  const credentials = { accessKeyId: "AKIAANYBODY", secretAccessKey: "any" };
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
}

async function pluginsOf(aws: LocalAws, commandId: string): Promise<unknown[]> {
  const { CommandInvocations } = await openClient(aws).send(
    new ListCommandInvocationsCommand({ CommandId: commandId, Details: true }),
  );
  const plugins = CommandInvocations?.[0]?.CommandPlugins ?? [];
  return plugins.map((it) => [it.Name, it.StatusDetails, it.ResponseCode]);
}

describe.skipIf(!hasWindows)("a Windows node (RUNDECK_SSM_POWERSHELL)", () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await startLocalAws({
      nodes: 0,
      windows: 2,
      powershell,
      bucket,
      logGroup,
      timings: { logSettleMs: 100, logTickMs: 100 },
    });
  });
  afterAll(() => aws.close());

  const run = (commands: string | string[], more = {}) =>
    runOn(aws, commands, { ...document, ...more });
  const file = (name: string) =>
    join(aws.nodes.get(aws.instanceIds[0] ?? "")?.folder ?? "", name);

  test("runs a script as the agent does: its arguments, its environment, a BOM before the script", async () => {
    const result = await run([
      "[Environment]::GetCommandLineArgs() -join ' '",
      '"$env:AWS_SSM_INSTANCE_ID $env:AWS_SSM_REGION_NAME $env:AWS_SSM_PLATFORM_NAME $env:SSM_COMMAND_ID"',
      "[BitConverter]::ToString([IO.File]::ReadAllBytes($PSCommandPath), 0, 3)",
      "'é €'.Length",
    ]);
    const [line, environment, mark, length] = (
      result.StandardOutputContent ?? ""
    ).split(/\r?\n/);
    expect(result).toMatchObject({ Status: "Success", ResponseCode: 0 });
    expect(line).toMatch(
      /powershell\S* -InputFormat None -Noninteractive -NoProfile -ExecutionPolicy unrestricted -f \S+_script\.ps1$/,
    );
    expect(environment).toBe(
      `${aws.instanceIds[0]} us-east-1 Microsoft Windows Server 2022 Datacenter ${result.CommandId}`,
    );
    expect([mark, length]).toEqual(["EF-BB-BF", "3"]);
  });

  test("says a script's exit code and what it wrote", async () => {
    expect(
      await run("'out'; [Console]::Error.WriteLine('err'); exit 4"),
    ).toMatchObject({
      Status: "Failed",
      ResponseCode: 4,
      StandardOutputContent: "out\r\n",
      StandardErrorContent: "err\r\nfailed to run commands: exit status 4",
    });
  });

  test("reboots at 3010, and runs the script again", async () => {
    const result = await run([
      "if (Test-Path again) { 'twice'; exit 0 }",
      "$null = New-Item again",
      "exit 3010",
    ]);
    expect(result).toMatchObject({ Status: "Success", ResponseCode: 0 });
    expect(result.StandardOutputContent).toBe("twice\r\n");
    expect(aws.nodes.get(aws.instanceIds[0] ?? "")?.reboots).toBe(1);
  });

  test("names its streams and its objects for PowerShell", async () => {
    const { CommandId } = await run("'seen'", {
      OutputS3BucketName: bucket,
      CloudWatchOutputConfig: {
        CloudWatchOutputEnabled: true,
        CloudWatchLogGroupName: logGroup,
      },
    });
    const folder = `${CommandId}/${aws.instanceIds[0]}`;
    const events = aws.logs.eventsOf(
      logGroup,
      `${folder}/aws-runPowerShellScript/stdout`,
    );
    expect(events.map(({ message }) => message.trim())).toEqual(["seen"]);
    const uploads = aws.requests
      .filter(({ operation }) => operation === "PutObject")
      .map(({ input }) => JSON.stringify(input));
    expect(uploads.join(" ")).toContain(
      `${folder}/awsrunPowerShellScript/0.awsrunPowerShellScript/stdout`,
    );
  });

  test.each([
    ["C:\\Windows\\Temp", /^C:\\windows\\temp\s*$/i],
    ["C:\\Program Files", /^C:\\Program Files\s*$/i],
    ["tmp", /\\tmp\s*$/],
  ])("runs a script in the working directory %s", async (asked, seen) => {
    const { StandardOutputContent } = await run("(Get-Location).Path", {
      Parameters: { workingDirectory: [asked] },
    });
    expect(StandardOutputContent).toMatch(seen);
  });

  test("shares drive C: with the others", async () => {
    const name = `C:\\shared-${String(process.pid)}.txt`;
    await run(`Set-Content ${name} here`);
    const [, second] = aws.instanceIds;
    const commandId = await sendTo(
      aws,
      [`Get-Content ${name}; Remove-Item ${name}; $env:AWS_SSM_INSTANCE_ID`],
      { ...document, InstanceIds: [second ?? ""] },
    );
    const { StandardOutputContent } = await finished(aws, commandId, second);
    expect(StandardOutputContent).toBe(`here\r\n${second}\r\n`);
  });

  test("ends PowerShell alone on a cancel", async () => {
    const commandId = await sendTo(
      aws,
      [
        "$child = Start-Process ping.exe '-n 300 127.0.0.1' -PassThru -WindowStyle Hidden",
        "'so far'",
        "Set-Content pid $child.Id",
        "Start-Sleep 300",
      ],
      document,
    );
    await until(() =>
      readFile(file("pid")).then(
        (text) => text.length > 0,
        () => false,
      ),
    );
    await openClient(aws).send(
      new CancelCommandCommand({ CommandId: commandId }),
    );
    expect(await finished(aws, commandId)).toMatchObject({
      Status: "Cancelled",
      ResponseCode: 137,
      StandardOutputContent: "so far\r\n",
    });
    const look = await run(
      "$child = Get-Process -Id (Get-Content pid); $child.ProcessName; $child.Kill()",
    );
    expect(look.StandardOutputContent).toMatch(/^ping/i);
  });

  test("takes of AWS-RunRemoteScript the step that is PowerShell's, in the folder of what was fetched", async () => {
    aws.s3.createBucket("scripts");
    await openS3(aws).send(
      new PutObjectCommand({
        Bucket: "scripts",
        Key: "in/job.ps1",
        Body: "'fetched ' + $args[0]",
      }),
    );
    const path = `https://s3.us-east-1.amazonaws.com/scripts/in/job.ps1`;
    const { Command } = await openClient(aws).send(
      new SendCommandCommand({
        DocumentName: "AWS-RunRemoteScript",
        InstanceIds: aws.instanceIds.slice(0, 1),
        Parameters: {
          sourceType: ["S3"],
          sourceInfo: [JSON.stringify({ path })],
          commandLine: [".\\job.ps1 it; exit 5"],
        },
      }),
    );
    const commandId = Command?.CommandId ?? "";
    await finished(aws, commandId);
    const plugins = await pluginsOf(aws, commandId);
    expect(plugins).toEqual([
      ["aws:downloadContent", "Success", 0],
      ["aws:runPowerShellScript", "Failed", 5],
      ["aws:runShellScript", "Skipped", 0],
    ]);
    const script = await openClient(aws).send(
      new GetCommandInvocationCommand({
        CommandId: commandId,
        InstanceId: aws.instanceIds[0],
        PluginName: "aws:runPowerShellScript",
      }),
    );
    expect(script.StandardOutputContent).toBe("fetched it\r\n");
  });

  test("leaves no process when the local AWS ends", async () => {
    const own = await startLocalAws({ nodes: 0, windows: 1, powershell });
    const { CommandId } = await runOn(
      own,
      "Start-Process ping.exe '-n 300 127.0.0.1' -WindowStyle Hidden",
      document,
    );
    expect(pidsWith(`SSM_COMMAND_ID=${CommandId}`)).not.toEqual([]);
    await own.close();
    const left = pidsWith(`SSM_COMMAND_ID=${CommandId}`).map((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8"),
    );
    expect(left.filter((program) => program.includes("ping"))).toEqual([]);
  });

  test("waits for whoever holds the script's output", async () => {
    const result = await run([
      "Start-Process cmd.exe '/c ping -n 3 127.0.0.1 >nul & echo late' -NoNewWindow",
      "'early'",
    ]);
    expect(result.StandardOutputContent).toMatch(/^early\r\nlate\s*$/);
  });
});
