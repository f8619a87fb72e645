import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  inject,
  it,
} from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { startOf } from "../../src/sidecar/proc.ts";
import { executorEnvironment, startPlugin } from "../support/plugin.ts";

/** The client alone, before a sidecar that does what a test wants: each moment of theirs can be held. */

let local: LocalAws;
const home = mkdtempSync(path.join(tmpdir(), "bridge-client-"));
const [token, answer] = ["a".repeat(32), "b".repeat(32)];
const own = () => {
  const client = path.join(inject("build").contents, "client.sh");
  const build = /^build=(.*)$/m.exec(readFileSync(client, "utf8"))?.[1] ?? "";
  return `/tmp/.rundeck-ssm-${process.getuid?.() ?? 0}/${build}-${process.pid}`;
};

beforeAll(async () => {
  local = await startLocalAws({ nodes: 1, folder: home });
});
let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
  rmSync(own(), { recursive: true, force: true });
  rmSync(`${own()}.failed`, { force: true });
});
afterAll(async () => {
  await local.close();
  rmSync(home, { recursive: true, force: true });
});

/** What a client says in one connection. */
type Connection = {
  say(text: string): void;
  close(): void;
  heard(text: RegExp): Promise<string>;
};

/** Listens where clients of this process look; resolves `met` with the first one. */
async function listen(): Promise<{ met: Promise<Connection> }> {
  const listening = createServer();
  server = listening;
  const met = new Promise<Connection>((resolve) => {
    listening.once("connection", (socket) => {
      sockets.push(socket);
      let text = "";
      const looking: (() => void)[] = [];
      socket.on("error", () => socket.destroy());
      socket.on("data", (bytes) => {
        text += bytes.toString("latin1");
        for (const look of looking) look();
      });
      resolve({
        say: (said) => void socket.write(said),
        close: () => void socket.end(),
        heard: (wanted) =>
          new Promise((found) => {
            const look = () => {
              if (wanted.test(text)) found(text);
            };
            looking.push(look);
            look();
          }),
      });
    });
  });
  await new Promise<void>((resolve) =>
    listening.listen(0, "127.0.0.1", resolve),
  );
  const address = listening.address();
  const port = typeof address === "object" && address ? address.port : 0;
  mkdirSync(own(), { recursive: true, mode: 0o700 });
  writeFileSync(
    path.join(own(), "port"),
    `${port} ${token} ${answer} ${process.pid} ${startOf(process.pid)}\n`,
    { mode: 0o600 },
  );
  return { met };
}

const environmentOf = (command: string, more: Record<string, string> = {}) =>
  executorEnvironment(local, local.instanceIds[0] ?? "", command, {
    RUNDECK_SSM_SIDECAR: "auto",
    ...more,
  });

const start = (command = "echo direct", more: Record<string, string> = {}) =>
  startPlugin("NodeExecutor", environmentOf(command, more));

const sends = () =>
  local.requests.filter(({ operation }) => operation === "SendCommand").length;

const accept = async (client: Connection) => {
  await client.heard(new RegExp(`^${token} \\d+ exec (?:one|two)\\n`));
  client.say(`A ${answer}\n`);
  await client.heard(/\nG\n/);
};

describe("a client", () => {
  it("prints what it is given, and ends as it is told", async () => {
    const { met } = await listen();
    const plugin = start();
    const client = await met;
    await accept(client);
    client.say("T run\no 4 4\nout\ne 4 4\nerr\n");
    await client.heard(/R\nR\n/);
    client.say("H\nX 7\n");
    const { stdout, stderr, exitCode } = await plugin.ended;
    expect([stdout.toString(), stderr, exitCode]).toEqual([
      "out\n",
      "err\n",
      7,
    ]);
  });

  it("hears each line also where it stands still in the middle of one", async () => {
    const { met } = await listen();
    const plugin = start();
    const client = await met;
    await accept(client);
    for (const [first, rest] of [
      ["H", "\n"],
      ["T", " run\n"],
      ["o", " 4 4\nout\n"],
      ["H\nX 7", "\n"],
    ] as const) {
      client.say(first);
      await plugin.passed(200);
      plugin.kill("SIGSTOP");
      // any limit of a second is over
      await plugin.passed(1_200);
      client.say(rest);
      await plugin.passed(100);
      plugin.kill("SIGCONT");
      await plugin.passed(100);
    }
    const { stdout, stderr, exitCode } = await plugin.ended;
    expect([stdout.toString(), stderr, exitCode]).toEqual(["out\n", "", 7]);
  });

  it.each([
    ["is refused", "N\n"],
    ["hears another's token", `A ${"c".repeat(32)}\n`],
    ["hears nothing", ""],
  ])("that %s works alone", async (_, said) => {
    const { met } = await listen();
    const plugin = start();
    const client = await met;
    if (said) client.say(said);
    if (said.startsWith("A")) client.close();
    const { stdout, exitCode } = await plugin.ended;
    expect([stdout.toString(), exitCode]).toEqual(["direct\n", 0]);
    expect(await client.heard(/exec two\n/)).not.toContain("G");
  });

  it("that is to do it itself does, also when the connection lasts", async () => {
    const { met } = await listen();
    const plugin = start();
    const client = await met;
    await accept(client);
    client.say("D\n");
    const { stdout, exitCode } = await plugin.ended;
    expect([stdout.toString(), exitCode]).toEqual(["direct\n", 0]);
  });

  it("that loses its sidecar before a word of the run begins it", async () => {
    const { met } = await listen();
    const plugin = start();
    const client = await met;
    await accept(client);
    client.close();
    const { stdout, exitCode } = await plugin.ended;
    expect([stdout.toString(), exitCode]).toEqual(["direct\n", 0]);
  });
});

/** Without a node: whoever goes on alone says so in a line. */
const nowhere = { RD_NODE_INSTANCEID: "", RD_NODE_HOSTNAME: "" };

describe("a line of ours", () => {
  const complaint = "\nrundeck-ssm: [^\n]+\n";

  it("begins a line behind what the sidecar's end has cut", async () => {
    const { met } = await listen();
    const plugin = start("echo", nowhere);
    const client = await met;
    await accept(client);
    client.say("o 3 3\noute 3 3\nerr");
    await client.heard(/R\nR\n/);
    client.close();
    const { stdout, stderr } = await plugin.ended;
    expect(stdout.toString()).toBe("out");
    expect(stderr).toMatch(new RegExp(`^err${complaint}$`));
  });

  it("begins one where both outputs end in one place", async () => {
    const { met } = await listen();
    const file = path.join(home, "both");
    const both = openSync(file, "w");
    const entry = path.join(inject("build").contents, "awsssmexecutor.sh");
    const plugin = spawn("/bin/bash", [entry], {
      env: environmentOf("echo", nowhere),
      stdio: ["ignore", both, both],
    });
    const client = await met;
    await accept(client);
    await client.heard(/ one\n/);
    client.say("e 4 4\nerr\no 3 3\nout");
    await client.heard(/R\nR\n/);
    client.close();
    await once(plugin, "close");
    closeSync(both);
    expect(readFileSync(file, "utf8")).toMatch(
      new RegExp(`^err\nout${complaint}$`),
    );
  });
});

describe("a kill", () => {
  const neverBegun = /^rundeck-ssm: cancelled: [^\n]+never begun[^\n]+\n$/;

  it("before the sidecar's answer ends the client, which has begun nothing", async () => {
    const { met } = await listen();
    const plugin = start();
    const client = await met;
    await client.heard(/exec two\n/);
    plugin.kill("SIGTERM");
    const { exitCode, stderr } = await plugin.ended;
    expect([exitCode, stderr]).toEqual([null, ""]);
  });

  it("reaches the sidecar, whose word is the last", async () => {
    const { met } = await listen();
    const plugin = start();
    const client = await met;
    await accept(client);
    plugin.kill("SIGTERM");
    await client.heard(/K\n/);
    client.say("e 5 0\nover\nX 143\n");
    const { exitCode, stderr } = await plugin.ended;
    expect([exitCode, stderr]).toEqual([143, "over\n"]);
  });

  it.each(["dies", "says nothing"])(
    "is told also where the sidecar %s then",
    async (how) => {
      const { met } = await listen();
      const plugin = start();
      const client = await met;
      await accept(client);
      plugin.kill("SIGTERM");
      await client.heard(/K\n/);
      if (how === "dies") client.close();
      const { exitCode, stderr } = await plugin.ended;
      expect(exitCode).toBe(143);
      expect(stderr).toMatch(neverBegun);
    },
  );

  it.each([
    ["", "never begun: nothing was sent, or it never began on the node\n"],
    ["T 0123456789abcdef01234567\n", "it may be going on on the node\n"],
    [
      "T 0123456789abcdef01234567:0a-1:0123456789abcdef0123456789abcdef\n",
      "it may be going on on the node; command 0a-1\n",
    ],
  ])(
    "that a sidecar only says to have heard is given up, in a line of its own (%j: %s)",
    async (told, known) => {
      const { met } = await listen();
      const name = { RD_NODE_NAME: "web\n\t1" };
      const plugin = start("echo direct", name);
      const client = await met;
      await accept(client);
      client.say(`${told}e 3 3\nerr`);
      plugin.kill("SIGTERM");
      await client.heard(/K\n/);
      for (let second = 1; second <= 14; second += 1)
        client.say(`B ${second}\n`);
      const { exitCode, stderr } = await plugin.ended;
      expect(exitCode).toBe(143);
      expect(stderr).toMatch(
        /^err\nrundeck-ssm: cancelled: node web\\u000a\\u00091 \(i-0+1\): killed by Rundeck[^\n]+\n$/,
      );
      expect(stderr).toContain(known);
    },
  );

  it("before a direct run begins is told, and nothing is sent", async () => {
    const { met } = await listen();
    const plugin = start();
    const client = await met;
    await accept(client);
    plugin.kill("SIGTERM");
    await client.heard(/K\n/);
    client.say("D\n");
    const { exitCode, stderr, stdout } = await plugin.ended;
    expect([exitCode, stdout.toString()]).toEqual([143, ""]);
    expect(stderr).toMatch(neverBegun);
  });

  it("reaches who took over, also where the client stood still when that began to listen", async () => {
    const { met } = await listen();
    const before = sends();
    const plugin = start("sleep 60");
    const client = await met;
    await accept(client);
    client.close();
    const children = `/proc/${plugin.pid}/task/${plugin.pid}/children`;
    await expect.poll(() => readFileSync(children, "utf8")).not.toBe("");
    plugin.kill("SIGSTOP");
    await expect.poll(sends).toBeGreaterThan(before);
    // any limit of a second is over
    await plugin.passed(1_200);
    plugin.kill("SIGCONT");
    await plugin.passed(500);
    plugin.kill("SIGTERM");
    const { exitCode, stderr } = await plugin.ended;
    expect(exitCode).toBe(143);
    expect(stderr).toMatch(/^rundeck-ssm: cancelled: [^\n]+\n$/);
  });

  it("at any moment after the sidecar's end ends the command, with one line", async () => {
    const moments = Array.from({ length: 8 }, (_, i) => i * 60);
    for (const ms of moments) {
      const { met } = await listen();
      const plugin = start("sleep 60");
      const client = await met;
      await accept(client);
      client.close();
      await plugin.passed(ms);
      plugin.kill("SIGTERM");
      const { exitCode, stderr } = await plugin.ended;
      expect(exitCode).toBe(143);
      expect(stderr).toMatch(/^rundeck-ssm: cancelled: [^\n]+\n$/);
      server?.close();
    }
  });
});
