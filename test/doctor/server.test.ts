import { spawn } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { adoptEnvironment, findServer } from "../../src/doctor/server.ts";

const started: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill();
});

/** A process that looks like a Rundeck server of a package: Java, with Rundeck's folder on its command line. */
async function startServer(env: Record<string, string>): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      "-e",
      "console.log(1); setInterval(() => {}, 1000)",
      "--",
      "-Drdeck.base=/srv/rundeck",
    ],
    { argv0: "java", env, stdio: ["ignore", "pipe", "ignore"] },
  );
  started.push(child);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child.pid ?? 0;
}

describe("the Rundeck server's process", () => {
  it("is found by its command line, with user, folder and environment", async () => {
    const pid = await startServer({ AWS_PROFILE: "prod" });
    const server = findServer(pid);
    expect(server).toMatchObject({
      pid,
      uid: process.getuid?.(),
      base: "/srv/rundeck",
    });
    expect(server?.environment?.get("AWS_PROFILE")).toBe("prod");
    expect(findServer()?.pid).toBe(pid);
  });

  it("is not guessed among several", async () => {
    await startServer({});
    await startServer({});
    expect(findServer()).toBeUndefined();
  });

  it("is none where nothing has that number", () => {
    expect(findServer(2 ** 31 - 1)).toBeUndefined();
  });
});

describe("the server's environment", () => {
  it("takes ours' place where it counts for the plugin, and only there", () => {
    const own = {
      AWS_PROFILE: "mine",
      AWS_REGION: "eu-west-1",
      HTTPS_PROXY: "proxy:3128",
      RUNDECK_SSM_RUN_AS: "me",
      TERM: "xterm",
    };
    const server = new Map([
      ["AWS_PROFILE", "prod"],
      ["AWS_REGION", "eu-west-1"],
      ["RUNDECK_SSM_RUN_AS", "deploy"],
      ["RUNDECK_SSM_SHELL", "bash"],
      ["TERM", "dumb"],
    ]);
    expect(adoptEnvironment(own, server)).toEqual([
      "AWS_PROFILE",
      "HTTPS_PROXY",
      "RUNDECK_SSM_SHELL",
    ]);
    expect(own).toEqual({
      AWS_PROFILE: "prod",
      AWS_REGION: "eu-west-1",
      // given for this very run
      RUNDECK_SSM_RUN_AS: "me",
      RUNDECK_SSM_SHELL: "bash",
      TERM: "xterm",
    });
  });
});
