import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const bash = "/bin/bash";
const hasProc = process.platform === "linux";
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "entry '$x-"));
  await cp("src/plugin", folder, { recursive: true });
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A program that says its version like Node.js, and otherwise prints its arguments and its environment, each ended by NUL. */
async function putNode(file: string, version = "v20.20.0", mode = 0o755) {
  const whole = path.resolve(folder, file);
  await mkdir(path.dirname(whole), { recursive: true });
  await writeFile(
    whole,
    `#!${bash}\n[[ $1 == --version ]] && echo ${version} && exit\nprintf '%s\\0' "$0" "$@" "the environment:"\n/usr/bin/env -0\n`,
  );
  await chmod(whole, mode);
  return whole;
}

type Result = {
  status: number | null;
  stderr: string;
  program: string | undefined;
  words: string[];
  environment: Record<string, string>;
};

/** Starts an entry as a child of a process with the environment `server`, which hands `own` alone down, as Rundeck 5 does. */
function start(
  server: Record<string, string>,
  own: Record<string, string>,
  entry = ["awsssmexecutor.sh"],
  bashOptions: string[] = [],
): Result {
  const [name = "", ...words] = entry;
  const result = spawnSync(
    bash,
    [
      "-c",
      '/usr/bin/env -i "$@"; exit $?',
      "server",
      ...Object.entries(own).map(([key, value]) => `${key}=${value}`),
      bash,
      ...bashOptions,
      path.resolve(folder, name),
      ...words,
    ],
    // A socket as standard input, Node's default, makes bash -c read ~/.bashrc.
    {
      env: server,
      encoding: "utf8",
      timeout: 20_000,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  // that no sidecar could be had is remembered for the server, which was this process
  const remembered = `/tmp/.rundeck-ssm-${process.getuid?.() ?? 0}/@BUILD@-${result.pid}`;
  rmSync(remembered, { recursive: true, force: true });
  const parts = result.stdout.split("\0");
  const middle = parts.indexOf("the environment:");
  const environment = parts
    .slice(middle + 1)
    .filter((part) => part.includes("="))
    .map((part): [string, string] => {
      const at = part.indexOf("=");
      return [part.slice(0, at), part.slice(at + 1)];
    });
  return {
    status: result.status,
    stderr: result.stderr,
    program: parts[0],
    words: parts.slice(1, middle),
    environment: Object.fromEntries(environment),
  };
}

describe.runIf(hasProc)("the server's environment", () => {
  const server = {
    AWS_PROFILE: "server",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/t",
    AWS_EMPTY: "",
    AWS_ODD: "line 1\nline 2 '\"$(touch x)`\\ é=\u0001",
    HOME: "/home/rundeck",
    PATH: "/server/bin",
    HTTP_PROXY: "1",
    HTTPS_PROXY: "2",
    NO_PROXY: "3",
    http_proxy: "4",
    https_proxy: "5",
    no_proxy: "6",
    RUNDECK_SSM_RUNNER: "none",
    SSM_BRIDGE_NODE: "",
  };

  test("is fetched where Rundeck gives none, to the byte, and nothing else of it", async () => {
    await putNode("node");
    const { environment, status, stderr } = start(
      { ...server, NODE_OPTIONS: "--bad", LD_PRELOAD: "", JAVA_OPTS: "x" },
      { RD_NODE_NAME: "web1" },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { PWD: _, SHLVL: __, _: ___, ...rest } = environment;
    expect(rest).toEqual({
      ...server,
      RD_NODE_NAME: "web1",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    });
  });

  test("is not Rundeck's word where Rundeck 6 hands it all over", async () => {
    await putNode("node");
    const own = {
      RD_TOKEN: "the server's",
      RD_CONFIG_SSM_RUNNER: "none",
      RD_OPTION_A: "same name",
    };
    const given = {
      ...own,
      RD_OPTION_A: "Rundeck's",
      RD_NODE_NAME: "web1",
      NODE_OPTIONS: "--require /nowhere.cjs",
      NODE_DEBUG: "http",
      NODE_PATH: "/x",
      BASH_ENV: "/nowhere",
      ENV: "/nowhere",
    };
    const { environment, status, stderr } = start(
      own,
      given,
      ["awsssmexecutor.sh"],
      ["-p"],
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(
      Object.keys(environment).filter((name) =>
        /^(?:RD_|NODE_|BASH_ENV|ENV$)/.test(name),
      ),
    ).toEqual(["RD_NODE_NAME", "RD_OPTION_A"]);
    expect(environment["RD_OPTION_A"]).toBe("Rundeck's");
  });

  test("of something between Rundeck and us is Rundeck's word", async () => {
    await putNode("node");
    const given = { RD_EXEC_COMMAND: "id", RD_NODE_NAME: "web1" };
    expect(start(given, given).environment).toMatchObject(given);
  });

  test("does not replace what Rundeck gave", async () => {
    await putNode("node");
    const { environment } = start(server, {
      AWS_PROFILE: "own",
      AWS_ODD: "",
      PATH: "/own/bin",
    });
    expect(environment).toMatchObject({
      AWS_PROFILE: "own",
      AWS_ODD: "",
      PATH: "/own/bin",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/t",
    });
  });

  test("is not fetched by the command, whose caller may have unset something", async () => {
    await putNode("node");
    const { environment } = start(server, { PATH: "/usr/bin" }, [
      "rundeck-ssm",
      "help",
    ]);
    expect(environment).not.toHaveProperty("AWS_PROFILE");
  });

  test("gives Node.js by the name that Rundeck's image leaves alone", async () => {
    const chosen = await putNode("chosen/node");
    await putNode("node");
    expect(start({ SSM_BRIDGE_NODE: chosen }, {}).program).toBe(chosen);
    expect(start({}, { SSM_BRIDGE_NODE: path.dirname(chosen) }).program).toBe(
      chosen,
    );
  });

  test("may be without a PATH", async () => {
    await putNode("node");
    const { environment, status } = start({ AWS_PROFILE: "server" }, {});
    expect(status).toBe(0);
    expect(environment).not.toHaveProperty("PATH");
  });
});

describe.runIf(hasProc)("a variable that the server has too", () => {
  const server = {
    LANG: "C.UTF-8",
    RD_TOKEN: "the server's",
    RD_CONFIG_SSM_RUNNER: "none",
    RD_SECUREOPTION_X: "x",
    RD_NODE_SSM_PROFILE: "the server's",
    RD_NODE_NAME: "web1",
    RD_RUNDECK_PROJECT: "shop",
    RD_OPTION_LINES: "1\n2",
  };
  const rundeck = { RD_NODE_NAME: "web1", RD_EXEC_COMMAND: "uptime" };

  function namesOf({ environment }: Result) {
    return Object.keys(environment).filter((name) => name.startsWith("RD_"));
  }

  test("is not Rundeck's word where the server hands everything down", async () => {
    await putNode("node");
    const result = start(server, { ...server, ...rundeck });
    expect(namesOf(result).toSorted()).toEqual([
      "RD_EXEC_COMMAND",
      "RD_NODE_NAME",
      "RD_RUNDECK_PROJECT",
    ]);
  });

  test("is Rundeck's with another value, and where nothing is handed down", async () => {
    await putNode("node");
    const own = { ...rundeck, RD_NODE_SSM_PROFILE: "the node's" };
    expect(start(server, { ...server, ...own }).environment).toMatchObject({
      RD_NODE_SSM_PROFILE: "the node's",
    });
    expect(
      start(server, { ...rundeck, RD_CONFIG_SSM_RUNNER: "none" }).environment,
    ).toMatchObject({ RD_CONFIG_SSM_RUNNER: "none" });
  });

  test("is told apart through a program that stands between", async () => {
    await putNode("node");
    const own = { ...server, ...rundeck, RD_OPTION_OWN: "1" };
    const between = path.join(folder, "between.sh");
    await writeFile(between, `${bash} "\${0%/*}/awsssmexecutor.sh"; exit $?`);
    const result = start({ ...server, AWS_PROFILE: "p" }, own, ["between.sh"]);
    expect(namesOf(result).toSorted()).toEqual([
      "RD_EXEC_COMMAND",
      "RD_NODE_NAME",
      "RD_OPTION_OWN",
      "RD_RUNDECK_PROJECT",
    ]);
    expect(result.environment).toHaveProperty("AWS_PROFILE", "p");
  });
});

describe("what is meant for another Node.js", () => {
  test("does not reach ours", async () => {
    await putNode("node");
    const { environment, status } = start(
      {},
      {
        NODE_OPTIONS: "--require /nowhere",
        NODE_DEBUG: "http",
        NODE_PATH: "/x",
        NODE_V8_COVERAGE: "/x",
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
        NODE_REPL_HISTORY: "/x",
        ENV: "/x",
        SSLKEYLOGFILE: "/x",
        OTHER: "stays",
      },
    );
    expect(status).toBe(0);
    expect(Object.keys(environment).toSorted()).toEqual([
      "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
      "OTHER",
      "PWD",
      "SHLVL",
      "_",
    ]);
  });

  test("but more certificates do, where they can be read; else one line says so", async () => {
    await putNode("node");
    const good = path.join(folder, "ca.pem");
    const bad = path.join(folder, "empty.pem");
    await writeFile(good, "# mine\n-----BEGIN CERTIFICATE-----\n");
    await writeFile(bad, "nothing\n");
    const given = start({ NODE_EXTRA_CA_CERTS: good }, {});
    expect(given.environment).toHaveProperty("NODE_EXTRA_CA_CERTS", good);
    expect(given.stderr).toBe("");
    for (const file of [bad, "/nowhere/ca.pem", folder]) {
      const { environment, stderr } = start({}, { NODE_EXTRA_CA_CERTS: file });
      expect(environment).not.toHaveProperty("NODE_EXTRA_CA_CERTS");
      expect(stderr).toMatch(
        /^rundeck-ssm: note: NODE_EXTRA_CA_CERTS[^\n]+\n$/,
      );
    }
  });
});

describe("what is started", () => {
  test.each([
    [["awsssmexecutor.sh"], ["exec"]],
    [["aws-ssm-copier.sh", "copy"], ["copy"]],
    [
      ["rundeck-ssm", "exec", "--", "a b", "", "*"],
      ["cli", "exec", "--", "a b", "", "*"],
    ],
  ])("%j starts the bundle with %j", async (entry, expected) => {
    await putNode("node");
    const { words } = start({}, {}, entry);
    expect(words).toEqual([
      "--no-warnings",
      path.join(folder, "start.cjs"),
      ...expected,
    ]);
  });

  test("the command may be called through links", async () => {
    await putNode("node");
    await mkdir(path.join(folder, "bin"));
    await symlink("../rundeck-ssm", path.join(folder, "bin/relative"));
    await symlink(
      path.join(folder, "bin/relative"),
      path.join(folder, "bin/absolute"),
    );
    const { words, stderr } = start({}, { PATH: "/usr/bin:/bin" }, [
      "bin/absolute",
      "help",
    ]);
    expect(stderr).toBe("");
    expect(words.at(-1)).toBe("help");
  });

  test("the process is Node's own, so that a signal reaches it", async () => {
    await writeFile(
      path.join(folder, "exec.cjs"),
      `process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); process.kill(Number(require("node:fs").readFileSync(process.env.PID_FILE, "utf8")), "SIGTERM");`,
    );
    const pidFile = path.join(folder, "pid");
    const { status } = spawnSync(
      bash,
      [
        "-c",
        'echo $$ >"$PID_FILE"; exec "$0" "$1"',
        bash,
        path.join(folder, "awsssmexecutor.sh"),
      ],
      {
        env: { PID_FILE: pidFile, RUNDECK_SSM_NODE: process.execPath },
        timeout: 20_000,
        stdio: "ignore",
      },
    );
    expect(status).toBe(7);
  });
});

describe("Node.js is", () => {
  test("the plugin property's, then RUNDECK_SSM_NODE's, a program or its folder", async () => {
    const first = await putNode("first/node");
    const second = await putNode("second/node");
    await putNode("node");
    const own = { RUNDECK_SSM_NODE: second };
    expect(start({}, { ...own, RD_CONFIG_SSM_NODE_PATH: first }).program).toBe(
      first,
    );
    expect(start({}, own).program).toBe(second);
    expect(start({}, { RUNDECK_SSM_NODE: path.dirname(second) }).program).toBe(
      second,
    );
  });

  test("one laid beside the scripts, though a zip keeps no exec bits", async () => {
    const beside = await putNode("node", "v20.0.0", 0o644);
    expect(start({}, {}).program).toBe(beside);
  });

  test.runIf(hasProc)(
    "the first of the server's PATH that is new enough",
    async () => {
      const folders = ["old", "none", "odd", "new", "newer"].map((name) =>
        path.join(folder, name),
      );
      await putNode("old/node", "v18.20.4");
      await putNode("odd/node", "something else");
      const expected = await putNode("new/node", "v22.1.0");
      await putNode("newer/node", "v24.0.0");
      expect(
        start({ PATH: [".", "relative", ...folders].join(":") }, {}).program,
      ).toBe(expected);
    },
  );

  test("missed in one line", () => {
    const own = { RUNDECK_SSM_NODE: "/nowhere/no\nde" };
    expect(start({}, own)).toMatchObject({
      status: 78,
      stderr:
        "rundeck-ssm: setting-invalid: RUNDECK_SSM_NODE is $'/nowhere/no\\nde', where there is no program: it must be the path of Node.js; correct it\n",
    });
  });

  test.each([
    ["says nothing", "exit 0"],
    ["says something else", "echo node"],
    ["fails", "exit 1"],
    ["is a shim without a version", 'echo "no version is set" >&2; exit 126'],
  ])("no program that has its name, and %s", async (_, text) => {
    const file = path.join(folder, "other/node");
    await mkdir(path.dirname(file));
    await writeFile(file, `#!${bash}\n${text}\n`, { mode: 0o755 });
    const chosen = start({}, { SSM_BRIDGE_NODE: file });
    expect([chosen.status, chosen.stderr]).toEqual([
      78,
      `rundeck-ssm: setting-invalid: SSM_BRIDGE_NODE is ${file.replaceAll(/['$ ]/g, (c) => `\\${c}`)}, which is no Node.js: correct it\n`,
    ]);
    const found = spawnSync(
      bash,
      [
        "-c",
        'here=$1 other=$2; . "$here/entry.sh"; list_nodes() { nodes=("$other"); }; start_bundle exec',
        "entry",
        folder,
        file,
      ],
      { env: {}, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    );
    expect(found.status).toBe(78);
    expect(found.stderr).toMatch(
      /^rundeck-ssm: setting-missing: found no Node\.js 20 or newer: .*\n$/,
    );
  });

  test("asked once what it is, until it is another", async () => {
    const file = await putNode("other/node");
    const asked = path.join(folder, "asked");
    const program = (says: string) =>
      writeFile(
        file,
        `#!${bash}\n[[ $1 == --version ]] && echo . >>"${asked.replaceAll("$", "\\$")}" && echo ${says}\nexit 0\n`,
      );
    await program("v20.20.0");
    await utimes(file, 1_000, 1_000);
    const run = () => start({}, { SSM_BRIDGE_NODE: file }).status;
    expect([run(), run()]).toEqual([0, 0]);
    expect(await readFile(asked, "utf8")).toBe(".\n");
    await program("nothing");
    const later = Date.now() / 1_000 + 60;
    await utimes(file, later, later);
    expect(run()).toBe(78);
  });

  test("asked again where it would not do, though what is there now looks no newer", async () => {
    const file = path.join(folder, "other/node");
    const find = async (version: string) => {
      await putNode("other/node", version);
      await utimes(file, 1_000, 1_000);
      return spawnSync(
        bash,
        [
          "-c",
          'here=$1 other=$2; . "$here/entry.sh"; list_nodes() { nodes=("$other"); }; find_node; echo "$node"',
          "entry",
          folder,
          file,
        ],
        { env: {}, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
      );
    };
    expect((await find("v18.20.4")).stderr).toContain(`${file} is v18.20.4`);
    expect(await find("v22.1.0")).toMatchObject({ stdout: `${file}\n` });
  });

  test("missed in one line that names what is too old", async () => {
    const old = await putNode("old/node", "v18.20.4");
    const other = await putNode("other/node", "v16.0.0");
    const { status, stderr } = spawnSync(
      bash,
      [
        "-c",
        'here=$1; . "$here/entry.sh"; list_nodes() { nodes=("$old" "$other"); }; old=$2 other=$3; start_bundle exec',
        "entry",
        folder,
        old,
        other,
      ],
      { env: {}, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    );
    expect(status).toBe(78);
    expect(stderr).toBe(
      `rundeck-ssm: setting-missing: found no Node.js 20 or newer (${old} is v18.20.4, ${other} is v16.0.0): install Node.js 20 or newer on the Rundeck server, or set SSM_BRIDGE_NODE in the server's environment (or the plugin property ssm-node-path) to the path of its program node\n`,
    );
  });

  test("checked by the start script too, which one that was chosen reaches whatever its version", async () => {
    const preload = path.join(folder, "old.cjs");
    await writeFile(
      preload,
      `Object.defineProperty(process, "versions", { value: { node: "18.20.4" } }); Object.defineProperty(process, "version", { value: "v18.20.4" });`,
    );
    const { status, stderr } = spawnSync(
      process.execPath,
      ["-r", preload, path.join(folder, "start.cjs"), "exec"],
      { encoding: "utf8" },
    );
    expect(status).toBe(78);
    expect(stderr).toMatch(
      /^rundeck-ssm: setting-missing: found no Node\.js 20 or newer \(\S+ is v18\.20\.4\): .*\n$/,
    );
  });
});

test("the entries parse without complaint", () => {
  for (const entry of [
    "awsssmexecutor.sh",
    "aws-ssm-copier.sh",
    "rundeck-ssm",
    "entry.sh",
  ]) {
    const { status, stderr } = spawnSync(
      bash,
      ["-n", path.join(folder, entry)],
      { encoding: "utf8" },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  }
});
