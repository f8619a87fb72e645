import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { copyContents } from "../support/contents.ts";
import { removeFolder } from "../support/folders.ts";
import {
  copierEnvironment,
  executorEnvironment,
  runPlugin,
} from "../support/plugin.ts";

let local: LocalAws;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-server-"));
const account = "111122223333";

beforeAll(async () => {
  local = await startLocalAws({ nodes: 1, folder, account, strict: true });
  for (const name of ["AKIALOCAL", "AKIAPROFILE"])
    local.identities.add({
      accessKeyId: name,
      secretAccessKey: "local-secret",
      arn: `arn:aws:iam::${account}:user/${name.toLowerCase()}`,
      account,
    });
});
afterAll(async () => {
  await local.close();
  removeFolder(folder);
});

type Ended = { stdout: string; stderr: string; exitCode: number | null };

function finish(
  command: string,
  words: string[],
  env: Record<string, string>,
): Promise<Ended> {
  const child = spawn(command, words, {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (bytes) => (texts.stdout += String(bytes)));
  child.stderr.on("data", (bytes) => (texts.stderr += String(bytes)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ ...texts, exitCode }));
  });
}

/** Runs the executor as the child of a server with its own environment, all of which it inherits, as with Rundeck 6. */
function runUnder(
  server: Record<string, string>,
  command: string,
  more: Record<string, string> = {},
) {
  const given = executorEnvironment(
    local,
    local.instanceIds[0] ?? "",
    command,
    more,
  );
  const words = Object.entries(given).map(
    ([name, value]) => `${name}=${value}`,
  );
  const entry = path.join(inject("build").contents, "awsssmexecutor.sh");
  const script = '/usr/bin/env "$@"; exit $?';
  return finish(
    "/bin/bash",
    ["-c", script, "server", ...words, "/bin/bash", entry],
    { PATH: process.env["PATH"] ?? "", ...server },
  );
}

describe.runIf(process.platform === "linux")("of the server's own", () => {
  it("RD_* count neither as settings nor as variables, secrets or attributes", async () => {
    const server = {
      RD_TOKEN: "canary",
      RD_CONFIG_SSM_RUNNER: "some",
      RD_SECUREOPTION_X: "RD_OPTION",
      RD_NODE_SSM_WORKING_DIRECTORY: "/usr",
      RD_OPTION_MINE: "the server's",
    };
    const variables = {
      RD_CONFIG_SSM_PASS_VARIABLES: "RD_*",
      RD_OPTION_MINE: "the job's",
    };
    const command = "env | grep -c canary; echo $RD_OPTION_MINE";
    expect(await runUnder(server, command, variables)).toEqual({
      stdout: "0\nthe job's\n",
      stderr: "",
      exitCode: 0,
    });
  });

  it("what is meant for Node.js changes nothing", async () => {
    const server = {
      NODE_OPTIONS: "--require /nowhere.cjs",
      NODE_DEBUG: "http,net",
      NODE_V8_COVERAGE: path.join(folder, "coverage"),
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      AWS_PROFILE: "default",
      AWS_SHARED_CREDENTIALS_FILE: profileFile(),
    };
    expect(await runUnder(server, "echo fine")).toEqual({
      stdout: "fine\n",
      stderr: "",
      exitCode: 0,
    });
  });

  it("a file of certificates that is not there is one note", async () => {
    const server = { NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem" };
    const { stdout, stderr, exitCode } = await runUnder(server, "echo fine");
    expect([stdout, exitCode]).toEqual(["fine\n", 0]);
    expect(stderr).toMatch(
      /^rundeck-ssm: note: [^\n]*\/nowhere\/ca\.pem[^\n]*\n$/,
    );
  });
});

function profileFile(): string {
  const file = path.join(folder, "credentials");
  const keys =
    "aws_access_key_id = AKIAPROFILE\naws_secret_access_key = local-secret\n";
  writeFileSync(file, `[default]\n${keys}[ops]\n${keys}`);
  return file;
}

describe("our line begins a line", () => {
  const timeout = { RD_CONFIG_SSM_EXECUTION_TIMEOUT: "5" };

  it("after stderr that does not end in one", async () => {
    const command = "printf foo >&2; exec sleep 60";
    const environment = executorEnvironment(
      local,
      local.instanceIds[0] ?? "",
      command,
      timeout,
    );
    const { stderr } = await runPlugin("NodeExecutor", environment);
    expect(stderr).toMatch(/^foo\nrundeck-ssm: execution-timeout: [^\n]+\n$/);
  });

  it("after stdout, where both are shown in one place", async () => {
    const environment = executorEnvironment(
      local,
      local.instanceIds[0] ?? "",
      "printf foo; exec sleep 60",
      timeout,
    );
    const entry = path.join(inject("build").contents, "awsssmexecutor.sh");
    const { stdout } = await finish(
      "/bin/bash",
      ["-c", 'exec /bin/bash "$0" 2>&1', entry],
      { PATH: process.env["PATH"] ?? "", ...environment },
    );
    expect(stdout).toMatch(/^foo\nrundeck-ssm: execution-timeout: [^\n]+\n$/);
  });
});

it("a copy goes with the profile of the executor's properties, and not with the server's own credentials", async () => {
  const etc = path.join(folder, "projects/shop/etc");
  mkdirSync(etc, { recursive: true });
  writeFileSync(
    path.join(etc, "project.properties"),
    "project.plugin.NodeExecutor.awsssmexecutor.ssm-profile=ops\n",
  );
  const file = path.join(folder, "file");
  const destination = path.join(folder, "copied");
  writeFileSync(file, "content");
  const before = local.requests.length;
  const { exitCode, stderr } = await runPlugin(
    "FileCopier",
    copierEnvironment(
      local,
      local.instanceIds[0] ?? "",
      { file, destination },
      {
        RD_RUNDECK_BASE: folder,
        AWS_SHARED_CREDENTIALS_FILE: profileFile(),
      },
    ),
  );
  expect([exitCode, stderr]).toEqual([0, ""]);
  const signers = local.requests.slice(before).map((x) => x.accessKeyId);
  expect(new Set(signers)).toEqual(new Set(["AKIAPROFILE"]));
});

it.runIf(process.getuid?.() === 0 && hasSetpriv())(
  "a user that no file names can run a command by hand",
  async () => {
    const contents = path.join(folder, "contents");
    copyContents(inject("build").contents, contents);
    chmodSync(folder, 0o755);
    const { stdout, stderr, exitCode } = await finish(
      "setpriv",
      [
        "--reuid=12345",
        "--regid=12345",
        "--clear-groups",
        "bash",
        path.join(contents, "rundeck-ssm"),
        "exec",
        `--instance=${local.instanceIds[0] ?? ""}`,
        `--region=${local.region}`,
        "--",
        "echo",
        "fine",
      ],
      {
        PATH: process.env["PATH"] ?? "",
        RUNDECK_SSM_NODE: process.execPath,
        AWS_ENDPOINT_URL: local.endpoint,
        AWS_ACCESS_KEY_ID: "AKIALOCAL",
        AWS_SECRET_ACCESS_KEY: "local-secret",
      },
    );
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: "fine\n",
      stderr: "",
      exitCode: 0,
    });
  },
);

function hasSetpriv(): boolean {
  try {
    execFileSync("setpriv", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
