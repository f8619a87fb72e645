import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Socket } from "node:net";
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
import { copyContents } from "../support/contents.ts";
import { removeFolder } from "../support/folders.ts";
import { machineMs } from "../support/patience.ts";
import {
  copierEnvironment,
  executorEnvironment,
  runPlugin,
  startPlugin,
} from "../support/plugin.ts";
import type { RunningPlugin } from "../support/plugin.ts";
import { pidsWith } from "../support/processes.ts";
import {
  ask,
  endSidecar,
  findSidecar,
  isAlive,
  modeOf,
  theSidecar,
} from "../support/sidecar.ts";

let local: LocalAws;
const folder = mkdtempSync(path.join(tmpdir(), "bridge-sidecar-"));

beforeAll(async () => {
  local = await startLocalAws({
    nodes: 4,
    folder,
    bucket: "files",
    logGroup: "output",
  });
});
afterEach(() => endSidecar());
afterAll(async () => {
  await local.close();
  removeFolder(folder);
});

const shared = { RUNDECK_SSM_SIDECAR: "auto" };

function environment(command: string, more = {}, node = 0) {
  const id = local.instanceIds[node] ?? "";
  return executorEnvironment(local, id, command, { ...shared, ...more });
}

const run = (command: string, more = {}) =>
  runPlugin("NodeExecutor", environment(command, more));
const start = (command: string, more = {}, node = 0) =>
  startPlugin("NodeExecutor", environment(command, more, node));

const sends = () =>
  local.requests.filter(({ operation }) => operation === "SendCommand").length;

describe("executions of one server", () => {
  it("share a process, and end as they would alone", async () => {
    const first = await run("echo one; echo two >&2; exit 3");
    const { pid } = theSidecar();
    const others = await Promise.all([
      run("exit 0"),
      run("printf '\\\\ %%s \\000 é'; exit 255"),
      run("seq 1 60000"),
    ]);
    expect([first.stdout.toString(), first.stderr, first.exitCode]).toEqual([
      "one\n",
      "two\n",
      3,
    ]);
    expect(others.map(({ exitCode }) => exitCode)).toEqual([0, 255, 0]);
    expect(others[1]?.stdout.toString("latin1")).toBe(
      Buffer.from("\\ %s \0 é").toString("latin1"),
    );
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i + 1}\n`);
    expect(others[2]?.stdout.toString()).toBe(lines.join(""));
    expect(theSidecar().pid).toBe(pid);
  });

  it("that come at once start one", async () => {
    const runs = await Promise.all(
      [0, 1, 2, 3].map((node) =>
        runPlugin("NodeExecutor", environment("echo $$", {}, node)),
      ),
    );
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    const { pid } = theSidecar();
    const others = readdirSync("/proc").filter((name) => {
      if (!/^\d+$/.test(name)) return false;
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        return words.includes("sidecar") && words.includes(String(process.pid));
      } catch {
        return false; // it has ended
      }
    });
    expect(others).toEqual([String(pid)]);
  });

  it("of one command to several nodes are killed one by one", async () => {
    const count = path.join(folder, `shared-${Math.random()}`);
    // the local AWS's nodes are one machine, and the command is the same for both: all that tells them apart is the node
    const command = `echo ran >>${count}; while [ ! -e ${count}.go ]; do sleep 0.1; done; echo done`;
    const more = { RD_JOB_THREADCOUNT: "2" };
    const sent = sends();
    const [one, other] = [start(command, more, 0), start(command, more, 1)];
    while (!existsSync(count) || readFileSync(count, "utf8").length < 8)
      await one.passed(20);
    expect(sends() - sent).toBe(1);
    one.kill("SIGTERM");
    const killed = await one.ended;
    writeFileSync(`${count}.go`, "");
    const { stdout, exitCode } = await other.ended;
    expect([killed.exitCode, killed.stderr]).toEqual([
      143,
      expect.stringMatching(/, and ended on the node; command [^\n]+\n$/),
    ]);
    expect([stdout.toString(), exitCode]).toEqual(["done\n", 0]);
    expect(readFileSync(count, "utf8")).toBe("ran\nran\n");
  });

  it("copy files by it", async () => {
    const file = path.join(folder, "source.txt");
    writeFileSync(file, "content\n");
    const destination = path.join(folder, "copied.txt");
    const { stdout, exitCode } = await runPlugin(
      "FileCopier",
      copierEnvironment(
        local,
        local.instanceIds[0] ?? "",
        { file, destination },
        { ...shared, RD_CONFIG_SSM_COPIER_BUCKET: "files" },
      ),
    );
    expect([stdout.toString(), exitCode]).toEqual([`${destination}\n`, 0]);
    expect(readFileSync(destination, "utf8")).toBe("content\n");
    expect(findSidecar()).toBeDefined();
  });

  it.each([
    { RD_CONFIG_SSM_SIDECAR: "off" },
    { RD_NODE_SSM_SIDECAR: "off" },
    { RUNDECK_SSM_SIDECAR: "off" },
  ])("do without by %j", async (off) => {
    const { stdout } = await run("echo alone", off);
    expect(stdout.toString()).toBe("alone\n");
    expect(findSidecar()).toBeUndefined();
  });

  it("have a process of their own where their environment asks for one", async () => {
    await run("true");
    const { stdout, stderr } = await run("echo other", {
      AWS_PROFILE: "nobody",
      AWS_CONFIG_FILE: "/nowhere",
      AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
    });
    // the profile is the run's own affair, and its own failure
    expect(stdout.toString()).toBe("");
    expect(stderr).toMatch(
      /^rundeck-ssm: credentials-invalid: [^\n]*nobody[^\n]*\n$/,
    );
    const { stdout: still } = await run("echo shared");
    expect(still.toString()).toBe("shared\n");
  });
});

describe("a profile", () => {
  it("that is added, and then renewed, counts in a sidecar that runs", async () => {
    const file = path.join(folder, "credentials");
    const more = {
      AWS_SHARED_CREDENTIALS_FILE: file,
      RD_CONFIG_SSM_PROFILE: "ops",
    };
    const renew = (name: string) => {
      const session = {
        accessKeyId: `ASIA${name}`,
        secretAccessKey: "secret",
        sessionToken: `token-${name}`,
        arn: "arn:aws:iam::111122223333:user/ops",
        account: "111122223333",
        expiresAtEpochMs: Date.now() + 3_600_000,
      };
      local.identities.add(session);
      writeFileSync(
        file,
        `[ops]\naws_access_key_id = ASIA${name}\naws_secret_access_key = secret\naws_session_token = token-${name}\n`,
      );
      return session;
    };
    expect((await run("true", more)).exitCode).toBe(77);
    const { pid } = theSidecar();
    const first = renew("FIRST");
    expect((await run("true", more)).exitCode).toBe(0);
    renew("SECOND");
    first.expiresAtEpochMs = Date.now() - 60_000;
    const { stderr, exitCode } = await run("true", more);
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(local.requests.at(-1)?.accessKeyId).toBe("ASIASECOND");
    expect(theSidecar().pid).toBe(pid);
  });
});

describe("a sidecar that dies in mid-run", () => {
  it.each([
    ["", {}],
    [" with a log group", { RD_CONFIG_CLOUDWATCH_LOG_GROUP: "output" }],
    [" with live output", { RD_CONFIG_SSM_LIVE_OUTPUT: "true" }],
  ])(
    "costs nothing: the command runs once, its output is whole%s",
    async (_, more) => {
      const count = path.join(folder, `count-${Math.random()}`);
      const plugin = start(
        `echo ran >>${count}; seq 1 3000; sleep 2; seq 3001 6000; exit 7`,
        more,
      );
      while (!existsSync(count)) await plugin.passed(20);
      process.kill(theSidecar().pid, "SIGKILL");
      const { stdout, stderr, exitCode } = await plugin.ended;
      const lines = Array.from({ length: 6_000 }, (_line, i) => `${i + 1}\n`);
      expect(stdout.toString()).toBe(lines.join(""));
      expect([stderr, exitCode]).toEqual(["", 7]);
      expect(readFileSync(count, "utf8")).toBe("ran\n");
    },
  );

  it("leaves a kill to its clients", async () => {
    const plugin = start("MARK=sidecar-gone exec sleep 60");
    while (pidsWith("MARK=sidecar-gone").length === 0) await plugin.passed(20);
    process.kill(theSidecar().pid, "SIGKILL");
    plugin.kill("SIGTERM");
    const { stderr, exitCode } = await plugin.ended;
    expect(exitCode).toBe(143);
    expect(stderr).toMatch(
      /^rundeck-ssm: cancelled: [^\n]+, and ended on the node[^\n]*\n$/,
    );
    expect(pidsWith("MARK=sidecar-gone")).toEqual([]);
  });
});

it("a credential_process that hangs is not left behind", async () => {
  const home = mkdtempSync(path.join(folder, "helper-"));
  const helper = path.join(home, "helper");
  writeFileSync(helper, "#!/bin/sh\nMARK=helper-hangs sleep 300; true\n", {
    mode: 0o755,
  });
  const config = path.join(home, "config");
  writeFileSync(config, `[profile ops]\ncredential_process = ${helper}\n`);
  const {
    AWS_ACCESS_KEY_ID: _key,
    AWS_SECRET_ACCESS_KEY: _secret,
    ...others
  } = environment("true", {
    RD_CONFIG_SSM_PROFILE: "ops",
    AWS_CONFIG_FILE: config,
  });
  const plugin = startPlugin("NodeExecutor", others);
  const helpers = () => pidsWith("MARK=helper-hangs");
  while (helpers().length === 0) await plugin.passed(20);
  const killedAt = performance.now();
  plugin.kill("SIGTERM");
  expect((await plugin.ended).exitCode).toBe(143);
  await expect.poll(helpers, { timeout: 15_000 + machineMs }).toEqual([]);
  expect(performance.now() - killedAt).toBeLessThan(15_000 + machineMs);
  expect(isAlive(theSidecar().pid)).toBe(true);
});

/** A Node.js of which the first that takes a run over does not come to listen. */
function deafNode(): { node: string; pid: () => number } {
  const node = path.join(mkdtempSync(path.join(folder, "deaf-")), "node");
  const mark = `${node}.pid`;
  writeFileSync(
    node,
    `#!/bin/bash
if [[ $3 == exec && ! -e ${mark} ]]; then
  echo $$ >${mark}
  exec sleep 60
fi
exec ${process.execPath} "$@"
`,
    { mode: 0o755 },
  );
  return {
    node,
    pid: () => (existsSync(mark) ? Number(readFileSync(mark, "utf8")) : 0),
  };
}

describe("a kill that Rundeck 6 gives to children first", () => {
  it("is told by the next one where who took over did not listen yet", async () => {
    const { node, pid } = deafNode();
    const plugin = start("MARK=sidecar-deaf exec sleep 60", {
      RD_CONFIG_SSM_NODE_PATH: node,
    });
    while (pidsWith("MARK=sidecar-deaf").length === 0) await plugin.passed(20);
    process.kill(theSidecar().pid, "SIGKILL");
    while (pid() === 0) await plugin.passed(20);
    process.kill(pid(), "SIGTERM");
    plugin.kill("SIGTERM");
    const { stderr, exitCode } = await plugin.ended;
    expect(exitCode).toBe(143);
    expect(stderr).toMatch(
      /^rundeck-ssm: cancelled: [^\n]+, and ended on the node[^\n]*\n$/,
    );
    expect(pidsWith("MARK=sidecar-deaf")).toEqual([]);
  });

  it("costs no output that its reader takes", async () => {
    const before = sends();
    const plugin = start("seq 1 200000; sleep 60", {
      RD_CONFIG_SSM_LIVE_OUTPUT: "true",
    });
    plugin.pauseOutput();
    while (sends() === before) await plugin.passed(20);
    const writer = await writerThatWaits(plugin);
    process.kill(writer, "SIGTERM");
    plugin.kill("SIGTERM");
    plugin.resumeOutput();
    const { exitCode, stdout, stderr } = await plugin.ended;
    expect(exitCode).toBe(143);
    expect(stderr).toMatch(/^rundeck-ssm: cancelled: [^\n]+\n$/);
    const whole = Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`);
    expect(stdout.toString() === whole.join("")).toBe(true);
  });
});

describe("a sidecar that hangs", () => {
  it("goes on when it wakes up", async () => {
    const plugin = start("echo a; MARK=sidecar-stops sleep 1; echo b; exit 4");
    while (pidsWith("MARK=sidecar-stops").length === 0) await plugin.passed(20);
    const { pid } = theSidecar();
    process.kill(pid, "SIGSTOP");
    await plugin.passed(3_000);
    process.kill(pid, "SIGCONT");
    const { stdout, exitCode } = await plugin.ended;
    expect([stdout.toString(), exitCode]).toEqual(["a\nb\n", 4]);
  });

  it("holds up one execution, which remembers it for the next ones", async () => {
    await run("true");
    const found = theSidecar();
    process.kill(found.pid, "SIGSTOP");
    const first = await run("echo first");
    expect([first.stdout.toString(), first.stderr]).toEqual(["first\n", ""]);
    const visitors: Socket[] = [];
    const stranger = createServer((socket) => void visitors.push(socket));
    await once(stranger.listen(0, "127.0.0.1"), "listening");
    const port = path.join(found.folder, "port");
    const text = readFileSync(port, "utf8");
    const address = stranger.address();
    const other = typeof address === "object" ? address?.port : undefined;
    writeFileSync(port, text.replace(/^\d+/, `${other}`), { mode: 0o600 });
    const second = await run("echo second");
    expect([second.stdout.toString(), second.stderr]).toEqual(["second\n", ""]);
    expect(visitors).toEqual([]);
    stranger.close();
    writeFileSync(port, text, { mode: 0o600 });
  });

  it("holds up no kill", async () => {
    const plugin = start("MARK=sidecar-hangs exec sleep 60");
    while (pidsWith("MARK=sidecar-hangs").length === 0) await plugin.passed(20);
    const { pid } = theSidecar();
    process.kill(pid, "SIGSTOP");
    const killedAt = performance.now();
    plugin.kill("SIGTERM");
    const { exitCode, stderr } = await plugin.ended;
    // the promise for every kill
    expect(performance.now() - killedAt).toBeLessThan(15_000 + machineMs);
    expect(exitCode).toBe(143);
    expect(stderr).toMatch(/^rundeck-ssm: cancelled: [^\n]+\n$/);
    expect(pidsWith("MARK=sidecar-hangs")).toEqual([]);
  });
});

/** The client's writer, when it makes no progress: ten looks find the same one. */
async function writerThatWaits(plugin: RunningPlugin): Promise<number> {
  let [last, seen] = ["", 0];
  while (seen < 10) {
    const file = `/proc/${plugin.pid}/task/${plugin.pid}/children`;
    const children = readFileSync(file, "utf8");
    seen = children !== "" && children === last ? seen + 1 : 0;
    last = children;
    await plugin.passed(50);
  }
  return Number(last.trim());
}

/** As in `ps`: Z is dead, and not reaped. */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}

describe("a client", () => {
  it("that is killed by -9 leaves no command behind", async () => {
    const plugin = start("MARK=client-gone exec sleep 60");
    while (pidsWith("MARK=client-gone").length === 0) await plugin.passed(20);
    plugin.kill("SIGKILL");
    await plugin.ended;
    await expect.poll(() => pidsWith("MARK=client-gone")).toEqual([]);
    expect(isAlive(theSidecar().pid)).toBe(true);
  });

  it("that stands still while its writer comes to its end believes it all the same", async () => {
    const before = sends();
    const plugin = start("seq 1 200000");
    plugin.pauseOutput();
    while (sends() === before) await plugin.passed(20);
    const writer = await writerThatWaits(plugin);
    plugin.kill("SIGSTOP");
    plugin.resumeOutput();
    await expect.poll(() => stateOf(writer)).toBe("Z");
    // what it waits for with a limit of a second has come, and the second is over
    await plugin.passed(1_200);
    plugin.kill("SIGCONT");
    const { exitCode, stdout, stderr } = await plugin.ended;
    expect([exitCode, stderr]).toEqual([0, ""]);
    const whole = Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`);
    expect(stdout.toString() === whole.join("")).toBe(true);
  });

  it("whose kill comes while nobody reads its output ends all the same", async () => {
    const before = sends();
    const plugin = start("seq 1 200000; sleep 60", {
      RD_CONFIG_SSM_LIVE_OUTPUT: "true",
    });
    plugin.pauseOutput();
    // before it has a sidecar another child may be there as long: who starts one
    while (sends() === before) await plugin.passed(20);
    await writerThatWaits(plugin);
    plugin.kill("SIGTERM");
    await expect.poll(() => isAlive(plugin.pid)).toBe(false);
    plugin.resumeOutput();
    const { exitCode, stdout, stderr } = await plugin.ended;
    expect(exitCode).toBe(143);
    expect(stderr).toMatch(/^rundeck-ssm: cancelled: [^\n]+\n$/);
    const whole = Array.from({ length: 200_000 }, (_, i) => `${i + 1}\n`);
    expect(whole.join("").startsWith(stdout.toString())).toBe(true);
  });
});

describe("who may talk to a sidecar", () => {
  it("is told by files of its user alone; nothing of an execution is in its environment or its words", async () => {
    await run("true", {
      RD_OPTION_SECRET: "hidden-value",
      AWS_SESSION_TOKEN: "hidden-value",
      HTTPS_PROXY: "http://ada:hidden-value@127.0.0.1:9",
    });
    const { folder: own, pid } = theSidecar();
    expect([modeOf(own), modeOf(path.join(own, "port"))]).toEqual([
      "700",
      "600",
    ]);
    const text =
      readFileSync(`/proc/${pid}/environ`, "utf8") +
      readFileSync(`/proc/${pid}/cmdline`, "utf8");
    expect(text).not.toMatch(/hidden-value|local-secret|RD_|RUNDECK_SSM_/);
    expect(text).not.toContain(theSidecar().clientToken);
  });

  it("nobody without its token", async () => {
    await run("true");
    const { port, clientToken } = theSidecar();
    const wrong = "0".repeat(clientToken.length);
    expect(await ask(port, `${wrong} ${process.pid} exec two`)).toBe("");
    expect(await ask(port, "GET / HTTP/1.1")).toBe("");
  });

  it("nobody who can't be looked at: no such process, or another user's", async () => {
    await run("true");
    const { port, clientToken } = theSidecar();
    expect(await ask(port, `${clientToken} 4194304 exec two`)).toBe("N\n");
  });
});

describe("where no sidecar can be had", () => {
  it("a port file of one that has died is replaced", async () => {
    await run("true");
    const { folder: own, pid } = theSidecar();
    const stale = readFileSync(path.join(own, "port"));
    await endSidecar();
    writeFileSync(path.join(own, "port"), stale, { mode: 0o600 });
    const { stdout } = await run("echo new");
    expect(stdout.toString()).toBe("new\n");
    expect(theSidecar().pid).not.toBe(pid);
  });

  it("each execution works alone, and remembers for a while that it has to", async () => {
    const broken = path.join(folder, "contents");
    copyContents(inject("build").contents, broken);
    rmSync(path.join(broken, "sidecar.cjs"));
    const client = path.join(broken, "client.sh");
    const text = readFileSync(client, "utf8");
    writeFileSync(client, text.replace(/^build=.*$/m, "build=broken"));
    const first = await runPlugin(
      "NodeExecutor",
      environment("echo 1"),
      broken,
    );
    expect([first.stdout.toString(), first.stderr]).toEqual(["1\n", ""]);
    const own = `/tmp/.rundeck-ssm-${process.getuid?.() ?? 0}/broken-${process.pid}`;
    expect(existsSync(`${own}.failed`)).toBe(true);
    const second = await runPlugin(
      "NodeExecutor",
      environment("echo 2"),
      broken,
    );
    expect([second.stdout.toString(), second.stderr]).toEqual(["2\n", ""]);
    rmSync(`${own}.failed`);
  });
});
