import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import {
  copierEnvironment,
  executorEnvironment,
  runPlugin,
  startPlugin,
} from "../support/plugin.ts";
import { pidsWith } from "../support/processes.ts";
import {
  hasWindows,
  quickPowerShell,
  runOnWindows,
} from "../support/windows.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-windows-"));
const windows = { RD_NODE_OSFAMILY: "windows" };
/** On the nodes' drive. */
const scripts = `C:/Windows/Temp/steps-${randomInt(1_000_000, 10_000_000)}`;

let local: LocalAws;
let node: string;

function environment(command: string, more: Record<string, string> = {}) {
  return executorEnvironment(local, node, command, { ...windows, ...more });
}

async function run(command: string, more: Record<string, string> = {}) {
  const { stdout, stderr, exitCode } = await runPlugin(
    "NodeExecutor",
    environment(command, more),
  );
  return { exitCode, stdout: stdout.toString(), stderr };
}

/** What Rundeck does with a script step: the copier, then the path that it printed. (test/host has Rundeck remove the script.) */
async function runScript(name: string, text: string, words = "") {
  const file = path.join(folder, path.basename(name));
  writeFileSync(file, text);
  const destination = `${scripts}/${name}`;
  const copied = await runPlugin(
    "FileCopier",
    copierEnvironment(local, node, { file, destination }, windows),
  );
  const [there = ""] = copied.stdout.toString().split("\n");
  return run(`${there}${words}`);
}

describe.skipIf(!hasWindows)(
  "a command on a Windows node (RUNDECK_SSM_POWERSHELL)",
  () => {
    beforeAll(async () => {
      const powershell = quickPowerShell(folder);
      local = await startLocalAws({ folder, nodes: 0, windows: 2, powershell });
      node = local.instanceIds[0] ?? "";
    });
    afterAll(async () => {
      await runOnWindows(`Remove-Item -Recurse -Force ${scripts}`);
      await local?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it("ends with its own code, stdout and stderr apart, and nothing of ours", async () => {
      const command =
        "[Console]::Out.Write('out ü €'); [Console]::Error.Write('err ü'); exit 7";
      expect(await run(command)).toEqual({
        exitCode: 7,
        stdout: "out ü €",
        stderr: "err ü",
      });
    });

    it.each([
      ["exit 137", 137],
      ["exit 168", 168],
      ["exit 194", 194],
      ["exit 3010", 194],
      ["exit 256", 1],
    ])(
      "%s is %i for Rundeck, and the node does not reboot",
      async (command, code) => {
        expect(await run(command)).toEqual({
          exitCode: code,
          stdout: "",
          stderr: "",
        });
        expect(local.nodes.get(node)?.reboots).toBe(0);
      },
    );

    it("without the runner has the code that PowerShell ends with", async () => {
      const more = { RD_CONFIG_SSM_RUNNER: "none" };
      expect(await run("'bare'; exit 4", more)).toEqual({
        exitCode: 4,
        stdout: "bare\r\n",
        stderr: "",
      });
    });

    it("delivers more than a reply holds", async () => {
      const { exitCode, stdout } = await run(
        '1..4000 | ForEach-Object { "line $_ ü" }',
      );
      const lines = Array.from({ length: 4000 }, (_, at) => `line ${at + 1} ü`);
      expect(exitCode).toBe(0);
      expect(stdout).toBe(`${lines.join("\r\n")}\r\n`);
    });

    it.each([
      [
        "a folder/1-5-web-1-step.ps1",
        'Write-Output "got $args"\r\nexit 4\r\n',
        4,
      ],
      ["step.ps1", 'Write-Output "got $args"\nexit 0\n', 0],
      ["step.bat", "@echo got %*\r\n@exit /b 5\r\n", 5],
    ])(
      "is a script step, %s, and ends with its code",
      async (name, text, code) => {
        const { exitCode, stdout, stderr } = await runScript(
          name,
          text,
          " a b",
        );
        expect([exitCode, stderr]).toEqual([code, ""]);
        expect(stdout).toBe("got a b\r\n");
      },
    );

    it("has option values as data", async () => {
      // as rundeck-core 6.2 quotes it
      const value = "x\"; 'INJECTED'; \"";
      const quoted = `"${value.replaceAll('"', '\\"')}"`;
      const { exitCode, stdout } = await run(`Write-Output ${quoted}`, {
        RD_OPTION_V: value,
      });
      expect([exitCode, stdout]).toEqual([0, `${value}\r\n`]);
    });

    it("that is killed ends with all that it started, and what it wrote is shown", async () => {
      const plugin = startPlugin(
        "NodeExecutor",
        environment(
          `'started'; Start-Process ping.exe '-n ${pingCount} 127.0.0.1' -WindowStyle Hidden; ping.exe -n ${pingCount} 127.0.0.1 >$null`,
        ),
      );
      while (pings().length < 2) await delay(20);
      plugin.kill("SIGTERM");
      const { exitCode, stdout, stderr } = await plugin.ended;
      expect([exitCode, stdout.toString()]).toEqual([143, "started\r\n"]);
      expect(stderr).toMatch(/^rundeck-ssm: cancelled: node web-1.*\n$/);
      while (pings().length > 0) await delay(20);
    });
  },
);

/** (Its own: other tests' nodes have the same id, and start pings, too.) */
const pingCount = String(randomInt(100_000, 1_000_000));

/** What the killed command has started, and still runs. */
function pings(): number[] {
  return pidsWith(`AWS_SSM_INSTANCE_ID=${node}`).filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "latin1");
      return /^\S*ping/i.test(words) && words.includes(pingCount);
    } catch {
      return false;
    }
  });
}
