import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Check } from "../../src/doctor/check.ts";
import { composeTrip, parseTrip } from "../../src/doctor/trip/script.ts";
import { describeReach } from "../../src/doctor/trip/findings.ts";
import { checkTrip } from "../../src/doctor/trip/trip.ts";
import {
  type LocalAws,
  type LocalAwsOptions,
  startLocalAws,
} from "../../src/local/local-aws.ts";
import { checkOf, contextOf } from "../support/doctor.ts";
import { openPowerShell } from "../support/powershell.ts";

let aws: LocalAws | undefined;
afterEach(async () => aws?.close());

async function go(
  attributes: Record<string, string> = {},
  local: LocalAwsOptions = {},
  lacks = new Map(),
): Promise<Check[]> {
  aws = await startLocalAws({ nodes: 1, ...local });
  return checkTrip(contextOf(aws, { attributes, lacks }));
}

const withTools = (only: string[]): LocalAwsOptions => ({
  nodes: [{ tools: { only } }],
});
/** What the runner itself can't do without. */
const few = [
  "sh",
  "cat",
  "chmod",
  "grep",
  "head",
  "mkdir",
  "rm",
  "sed",
  "sleep",
];
const more = [...few, "tail", "tr", "wc", "mkfifo", "id", "df", "kill", "mv"];

describe("a trip to a node", () => {
  it("takes a command there and back, and tells what the node has", async () => {
    const checks = await go();
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ["round trip", "ok"],
      ["user", "ok"],
      ["room", "ok"],
      ["tools", "ok"],
    ]);
    expect(checkOf(checks, "round trip").says).toMatch(
      /^\d+\.\d s from the send to the last byte$/,
    );
    expect(checkOf(checks, "room").says).toMatch(/^\d+ MiB free in \/.*\/tmp$/);
    expect(checkOf(checks, "tools").says).toContain("base64");
    expect(
      aws?.requests.filter(({ operation }) => operation === "SendCommand"),
    ).toHaveLength(1);
  });

  it("is not made where an earlier stage found that it can't", async () => {
    const lacks = new Map([["node", "node: registration"] as const]);
    const checks = await go({}, {}, lacks);
    expect(checks).toEqual([
      {
        stage: "trip",
        name: "round trip",
        state: "skipped",
        says: "not tried: see node: registration",
      },
    ]);
    expect(aws?.requests).toEqual([]);
  });

  it("starts no document that may do anything", async () => {
    const checks = await go({
      "ssm-document-name": "Mine-Restart",
      "ssm-runner": "none",
    });
    expect(checks).toMatchObject([{ name: "round trip", state: "skipped" }]);
    expect(aws?.requests).toEqual([]);
  });

  it("goes without the runner, too", async () => {
    const checks = await go({ "ssm-runner": "none" });
    expect(checkOf(checks, "round trip").state).toBe("ok");
    expect(checkOf(checks, "tools").state).toBe("ok");
  });

  it("finds that the user of ssm-run-as is not there, as a run would", async () => {
    const checks = await go({ "ssm-run-as": "nosuch" });
    expect(checks[0]).toMatchObject({
      name: "round trip",
      state: "problem",
      code: "setting-invalid",
      says: expect.stringContaining("nosuch"),
    });
    expect(checks.slice(1).map(({ state }) => state)).toEqual([
      "skipped",
      "skipped",
      "skipped",
    ]);
  });

  it("goes as that user where it is there", async () => {
    const checks = await go({ "ssm-run-as": "nobody" });
    expect(checkOf(checks, "user")).toMatchObject({
      state: "ok",
      says: "nobody",
    });
  });

  it("looks for the shell that is set", async () => {
    const found = await go({ "ssm-shell": "bash -l" });
    expect(checkOf(found, "shell").state).toBe("ok");
    await aws?.close();
    const missing = await go({ "ssm-shell": "/opt/no/zsh" });
    expect(checkOf(missing, "shell")).toMatchObject({
      state: "problem",
      code: "setting-invalid",
      says: expect.stringContaining("ssm-shell"),
    });
  });

  it("that the node does not begin in time is told so", async () => {
    aws = await startLocalAws({ nodes: [{ state: "offline" }] });
    const operation = "DescribeInstanceInformation";
    aws.faults.add({ kind: "error", code: "AccessDeniedException", operation });
    const ending = new AbortController();
    const context = contextOf(aws, { signal: ending.signal });
    const going = checkTrip(context);
    await expect
      .poll(() =>
        aws?.requests.some(({ operation: name }) => name === "SendCommand"),
      )
      .toBe(true);
    ending.abort(new Error("killed"));
    expect((await going)[0]).toMatchObject({
      name: "round trip",
      state: "unknown",
    });
    // the command is not left waiting for the node
    expect(
      aws.requests.some(({ operation: name }) => name === "CancelCommand"),
    ).toBe(true);
  });
});

describe("a node's tools", () => {
  it("decide whether a file can be copied to it", async () => {
    const checks = await go({}, withTools([...more, "perl", "awk"]));
    expect(checkOf(checks, "tools").state).toBe("ok");
    await aws?.close();
    const none = await go({}, withTools([...more, "awk", "od"]));
    expect(checkOf(none, "tools")).toMatchObject({
      state: "problem",
      code: "transfer-failed",
      says: expect.stringContaining(
        "none of sha256sum, shasum, openssl, python3, perl",
      ),
      remedy: "install sha256sum on the node",
    });
  });

  it("decide whether it can fetch one from a bucket by itself", async () => {
    const bucket = { "ssm-copier-bucket": "files" };
    const tools = withTools([...more, "base64", "sha256sum"]);
    const checks = await go(bucket, { bucket: "files", ...tools });
    expect(checkOf(checks, "tools")).toMatchObject({
      state: "warning",
      says: expect.stringContaining("none of aws, python3, curl, wget"),
    });
    expect(checkOf(checks, "S3")).toMatchObject({
      state: "unknown",
      says: expect.stringMatching(/neither curl, python3 nor wget to try http/),
    });
  });
});

describe("what a node reaches", () => {
  const attributes = {
    "ssm-copier-bucket": "files",
    "cloudwatch-log-group": "commands",
  };
  const local = { bucket: "files", logGroup: "commands" };

  it.each(["curl", "python3"])("is found out by %s", async (tool) => {
    const checks = await go(attributes, {
      ...local,
      ...withTools([...more, "base64", "sha256sum", "perl", tool]),
    });
    expect(checkOf(checks, "S3").says).toBe(`${aws?.endpoint} answers`);
    expect(checkOf(checks, "CloudWatch Logs").state).toBe("ok");
  });

  it.each([
    ["eu-west-3", "amazonaws.com"],
    ["eusc-de-east-1", "amazonaws.eu"],
  ])(
    "is where the bucket is, in %s, and the log group's way is the output's",
    async (region, domain) => {
      aws = await startLocalAws({ nodes: 1, ...local });
      const context = contextOf(aws, { attributes });
      context.known.bucketRegions = new Map([["files", region]]);
      const checks = await checkTrip(context);
      const { input } =
        aws.requests.find(({ operation }) => operation === "SendCommand") ?? {};
      expect(JSON.stringify(input)).toContain(
        `s3='https://s3.${region}.${domain}'`,
      );
      expect(checkOf(checks, "log group")).toMatchObject({
        state: "ok",
        says: "the output came through it",
      });
    },
  );

  it("that may not write to the log group is told with what a run does", async () => {
    // an agent tries for a minute, which is not waited for here
    const timings = { logStuckMs: 100 };
    aws = await startLocalAws({ nodes: 1, ...local, timings });
    aws.faults.deniedActions.add("logs:CreateLogStream");
    const checks = await checkTrip(contextOf(aws, { attributes }));
    expect(checkOf(checks, "round trip").state).toBe("ok");
    expect(checkOf(checks, "log group")).toMatchObject({
      state: "warning",
      says: expect.stringMatching(/log group commands.*through SSM instead/),
      remedy: expect.stringContaining("rundeck-ssm policy node"),
    });
  });
});

const powershell = process.env["RUNDECK_SSM_POWERSHELL"] ?? "";

describe.skipIf(powershell === "")("a trip to a Windows node", () => {
  it("tells what PowerShell and what tools it has, and what it reaches", async () => {
    aws = await startLocalAws({
      nodes: 0,
      windows: 1,
      powershell,
      bucket: "files",
    });
    const attributes = {
      osFamily: "windows",
      "ssm-copier-bucket": "files",
      "ssm-shell": "cmd",
    };
    const checks = await checkTrip(contextOf(aws, { attributes }));
    expect(checks.map(({ name, state }) => [name, state])).toEqual([
      ["round trip", "ok"],
      ["user", "ok"],
      ["room", "ok"],
      ["tools", "ok"],
      ["S3", "ok"],
    ]);
    expect(checkOf(checks, "tools").says).toMatch(/^PowerShell \d+\.\d+/);
    expect(checkOf(checks, "room").says).toMatch(/MiB free in .*\\Temp$/i);
  });
});

describe("an address that nothing answers at", () => {
  const tools = ["curl", "python3", "wget"].filter(
    (tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0,
  );

  /** What is called python3 may be a script that looks for one. */
  const pathOf = (tool: string) => {
    const ask =
      tool === "python3"
        ? "python3 -c 'import sys; print(sys.executable)'"
        : `command -v ${tool}`;
    return spawnSync("sh", ["-c", ask]).stdout.toString().trim();
  };

  it.each(tools)("is told as such by %s", (tool) => {
    const bin = mkdtempSync(join(tmpdir(), "doctor-bin-"));
    for (const name of ["sh", "id", "df", "head", tool]) {
      symlinkSync(pathOf(name), join(bin, name));
    }
    // port 9 of the loopback address: nobody listens
    const script = composeTrip("unix", { s3: "http://127.0.0.1:9" });
    const { stdout } = spawnSync("/bin/sh", ["-c", script], {
      env: { PATH: bin },
    });
    rmSync(bin, { recursive: true });
    const report = parseTrip(stdout.toString());
    expect(report?.tools).toContain(tool);
    const finding = describeReach(report?.s3, "so what");
    expect(finding).toMatchObject({
      state: "warning",
      says: expect.stringMatching(
        new RegExp(
          `does not reach http://127.0.0.1:9 \\(.*${tool}.*\\): so what`,
        ),
      ),
    });
  });
});

describe("what a node tells of itself", () => {
  const whole = [
    "user root",
    "room 5242880 /var/tmp",
    "tools sh base64",
    "end ok",
  ];
  const written = (lines: string[]) =>
    lines.map((line) => `rundeck-ssm-doctor ${line}\n`).join("");

  it("is taken whole", () => {
    expect(parseTrip(`noise\n${written(whole)}more\n`)).toEqual({
      user: "root",
      room: { folder: "/var/tmp", freeKibibytes: 5_242_880 },
      tools: ["sh", "base64"],
      end: "ok",
    });
  });

  it.each([
    ["cut before its end", whole.slice(0, 3)],
    ["without a user", whole.slice(1)],
    [
      "with a room that is none",
      ["room much /tmp", ...whole.slice(2), "user x"],
    ],
    ["with something that nobody asked for", [...whole, "other 1"]],
  ])("or not at all: %s", (_, lines) => {
    expect(parseTrip(written(lines))).toBeUndefined();
  });

  it("is asked in PowerShell that parses, whatever the words", async () => {
    const parse = await openPowerShell();
    const text = composeTrip("windows", {
      s3: "https://s3.eu-west-1.amazonaws.com",
      logs: "it's \u2019 {{x}}",
    });
    expect(parse(text).hasError).toBe(false);
    expect(text).not.toContain("{{");
  });
});
