import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { findProcesses } from "../../../src/local/node/processes.ts";

/** A process of a command, which calls itself as it is told. */
async function startAs(name: string, commandId: string): Promise<number> {
  const child = spawn("sleep", ["100"], {
    argv0: name,
    env: { PATH: process.env.PATH, SSM_COMMAND_ID: commandId },
  });
  onTestFinished(() => void child.kill());
  await once(child, "spawn");
  return child.pid ?? 0;
}

test("what a command starts is its own, but for Windows itself, which the first command starts for all", async () => {
  const commandId = `command-${process.pid}`;
  const [own] = await Promise.all([
    startAs("C:\\windows\\system32\\ping.exe", commandId),
    startAs("C:\\windows\\system32\\services.exe", commandId),
    startAs("C:\\windows\\system32\\explorer.exe", commandId),
    startAs("/usr/lib/wine/wineserver64", commandId),
  ]);
  expect(
    await findProcesses({
      folder: "/nowhere",
      commandIds: new Set([commandId]),
    }),
  ).toEqual([own]);
});
