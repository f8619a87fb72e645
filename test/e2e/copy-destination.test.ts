import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { copierEnvironment, runPlugin } from "../support/plugin.ts";

let local: LocalAws;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-destination-"));
const file = path.join(folder, "deploy.sh");
const large = path.join(folder, "large.bin");
const bucket = "pass-through";
const daemon = 1;
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  chmodSync(folder, 0o755);
  writeFileSync(file, "#!/bin/sh\necho deployed\n");
  writeFileSync(large, randomBytes(100_000));
  local = await startLocalAws({
    folder,
    bucket,
    nodes: [{}, { tools: { without: ["aws", "python3", "curl", "wget"] } }],
  });
  // the second node's programs, as everywhere, are for all its users
  for (const entry of readdirSync(folder))
    chmodSync(path.join(folder, entry), 0o755);
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

let folders = 0;
function makeFolder(mode = 0o755, uid = 0): string {
  const made = path.join(folder, `to-${++folders}`);
  mkdirSync(made);
  chmodSync(made, mode);
  if (uid !== 0) chownSync(made, uid, uid);
  return made;
}

async function copy(destination: string, more: Record<string, string> = {}) {
  const before = local.requests.length;
  const { stdout, ...ended } = await runPlugin(
    "FileCopier",
    copierEnvironment(
      local,
      local.instanceIds[0] ?? "",
      { file, destination },
      more,
    ),
  );
  const sends = local.requests
    .slice(before)
    .filter(({ operation }) => operation === "SendCommand").length;
  return { ...ended, stdout: stdout.toString(), sends };
}

describe("a destination that can't be meant", () => {
  it.each([
    "C:\\Temp\\x",
    "$HOME/x",
    "${HOME}/x",
    "%TEMP%\\x",
    '"/srv/x"',
    " /srv/x",
    "/srv/${option.folder}/x",
    `/srv/${"x".repeat(256)}`,
  ])(
    "%s is refused with one line, and nothing is sent",
    async (destination) => {
      const { exitCode, stdout, stderr, sends } = await copy(destination);
      expect([exitCode, stdout, sends]).toEqual([78, "", 0]);
      expect(stderr).toMatch(
        /^rundeck-ssm: setting-invalid: node web-1 [^\n]*destination [^\n]*\n$/,
      );
    },
  );

  it("~nosuch/x is refused by the node", async () => {
    const { exitCode, stdout, stderr } = await copy("~nosuch/x");
    expect([exitCode, stdout]).toEqual([78, ""]);
    expect(stderr).toMatch(
      /^rundeck-ssm: setting-invalid: node web-1 [^\n]*"~nosuch\/x"[^\n]*\n$/,
    );
  });
});

describe("a copy over what exists", () => {
  it("keeps its mode; a new file is 0600", async () => {
    const to = makeFolder();
    writeFileSync(`${to}/app`, "old");
    chmodSync(`${to}/app`, 0o640);
    expect((await copy(`${to}/app`)).exitCode).toBe(0);
    expect((await copy(`${to}/new`)).exitCode).toBe(0);
    expect(statSync(`${to}/app`).mode & 0o7777).toBe(0o640);
    expect(statSync(`${to}/new`).mode & 0o7777).toBe(0o600);
    expect(readdirSync(to)).toEqual(["app", "new"]);
  });

  it("leaves a device alone", async () => {
    const { exitCode, stdout, stderr } = await copy("/dev/null");
    expect([exitCode, stdout]).toEqual([74, ""]);
    expect(stderr).toMatch(
      /^rundeck-ssm: transfer-failed: [^\n]*device[^\n]*\n$/,
    );
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

describe.skipIf(!isRoot)("a copy where another user may write", () => {
  it("does not follow that user's link in a shared folder", async () => {
    const [shared, roots] = [makeFolder(0o1777), makeFolder(0o700)];
    writeFileSync(`${roots}/f`, "root's");
    symlinkSync(`${roots}/f`, `${shared}/link`);
    lchownSync(`${shared}/link`, daemon, daemon);
    const { exitCode, stderr } = await copy(`${shared}/link`);
    expect(exitCode).toBe(74);
    expect(stderr).toMatch(/^rundeck-ssm: transfer-failed: [^\n]*\n$/);
    expect(readFileSync(`${roots}/f`, "utf8")).toBe("root's");
  });

  it.each([
    ["inside a command", {}],
    [
      "through a bucket",
      {
        RD_FILE_COPY_FILE: large,
        RD_CONFIG_SSM_COPIER_BUCKET: bucket,
      },
    ],
    ["in pieces", { RD_FILE_COPY_FILE: large }],
  ])("writes as that user alone, %s", async (_, more) => {
    const [home, roots] = [makeFolder(0o755, daemon), makeFolder()];
    writeFileSync(`${roots}/f`, "root's");
    symlinkSync(`${roots}/f`, `${home}/link`);
    const asUser = { ...more, RD_NODE_SSM_RUN_AS: "daemon" };
    const done = await copy(`${home}/new/f`, asUser);
    expect([done.exitCode, done.stderr]).toEqual([0, ""]);
    expect(statSync(`${home}/new/f`)).toMatchObject({
      uid: daemon,
      gid: daemon,
    });
    expect(readdirSync(`${home}/new`)).toEqual(["f"]);
    const refused = await copy(`${home}/link`, asUser);
    expect(refused.exitCode).toBe(74);
    expect(refused.stderr).toMatch(
      /^rundeck-ssm: transfer-failed: [^\n]*Permission denied[^\n]*\n$/,
    );
    expect(refused.stderr).not.toMatch(/[0-9a-f]{24}/);
    expect(readFileSync(`${roots}/f`, "utf8")).toBe("root's");
    expect(statSync(`${roots}/f`).uid).toBe(0);
  });

  it("hands that user what the SSM agent has fetched", async () => {
    const home = makeFolder(0o755, daemon);
    const { exitCode, stdout, stderr } = await copy(`${home}/f`, {
      RD_FILE_COPY_FILE: large,
      RD_CONFIG_SSM_COPIER_BUCKET: bucket,
      RD_NODE_SSM_RUN_AS: "daemon",
      RD_NODE_INSTANCEID: local.instanceIds[1] ?? "",
    });
    expect([exitCode, stdout, stderr]).toEqual([0, `${home}/f\n`, ""]);
    expect(readFileSync(`${home}/f`).equals(readFileSync(large))).toBe(true);
    expect(statSync(`${home}/f`).uid).toBe(daemon);
    expect(readdirSync(home)).toEqual(["f"]);
  });
});
