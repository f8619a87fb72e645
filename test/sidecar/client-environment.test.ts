import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { variables as proxyVariables } from "../../src/aws/proxy.ts";
import { adoptEnvironment } from "../../src/doctor/server.ts";
import { importServerEnvironment } from "../../src/sidecar/client-environment.ts";

const folder = mkdtempSync(path.join(tmpdir(), "bridge-import-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Variables = Record<string, string>;

/** A client whose ancestors have these environments, the nearest first. */
function imported(own: Variables, ...ancestors: Variables[]): Variables {
  const environs = [own, ...ancestors].map(
    (all) => new Map(Object.entries(all)),
  );
  const family = {
    environ: (pid: number) => {
      const found = environs[pid];
      if (!found) throw new Error("another user's");
      return found;
    },
    parent: (pid: number) => pid + 1,
  };
  return Object.fromEntries(importServerEnvironment(0, family));
}

const entry = path.join(import.meta.dirname, "../../src/plugin/entry.sh");

/** The same by the client's own entry, in front of real processes: `bash` below a server that is another bash. */
function importedByBash(own: Variables, server: Variables): Variables {
  const script = path.join(folder, "client.sh");
  writeFileSync(
    script,
    `here=x
. "${entry}"
import_server_environment
forget_strangers 2>/dev/null
for name in $(compgen -e); do printf '%s=%s\\0' "$name" "\${!name}"; done
`,
  );
  const words = (all: Variables) =>
    Object.entries(all).map(([name, value]) => `${name}=${value}`);
  // a client of a server of a process with nothing in its environment
  const below = '/usr/bin/env -i "$@"; exit 0';
  const client = [below, "server", ...words(own), "/bin/bash", script];
  const parent = [...words(server), "/bin/bash", "-c", ...client];
  const { stdout } = spawnSync(
    "/bin/bash",
    ["-c", below, "nobody", ...parent],
    { env: {}, encoding: "utf8" },
  );
  const entries = stdout.split("\0").filter((text) => text.includes("="));
  return Object.fromEntries(
    entries
      .map(
        (text) =>
          [
            text.slice(0, text.indexOf("=")),
            text.slice(text.indexOf("=") + 1),
          ] as const,
      )
      .filter(([name]) => !/^(?:PWD|SHLVL|_|OLDPWD)$/.test(name)),
  );
}

describe("the environment of a client", () => {
  it("has the server's credentials, proxies and PATH where Rundeck gave none", () => {
    const own = { RD_EXEC_COMMAND: "id", RD_NODE_NAME: "a" };
    const server = {
      AWS_PROFILE: "p",
      PATH: "/bin",
      LANG: "C",
      https_proxy: "x",
      RD_OLD: "1",
    };
    expect(imported(own, server)).toEqual({
      ...own,
      AWS_PROFILE: "p",
      PATH: "/bin",
      https_proxy: "x",
    });
  });

  it("has every variable that names a proxy, and a host without one", () => {
    const proxies = Object.values(proxyVariables).flat();
    const names = [...proxies, "no_proxy", "NO_PROXY"];
    const server = Object.fromEntries(names.map((name) => [name, "x"]));
    const own = { RD_EXEC_COMMAND: "id" };
    expect(imported(own, server, {})).toEqual({ ...own, ...server });
    expect(importedByBash(own, server)).toEqual({ ...own, ...server });
    const shell = {};
    adoptEnvironment(shell, new Map(Object.entries(server)));
    expect(shell).toEqual(server);
  });

  it("is by the same rules as the entry's own", () => {
    const name = fc.constantFrom(
      "AWS_PROFILE",
      "AWS_REGION",
      "RUNDECK_SSM_SIDECAR",
      "HOME",
      "PATH",
      "https_proxy",
      "HTTPS_PROXY",
      "ALL_PROXY",
      "NODE_OPTIONS",
      "BASH_ENV",
      "LANG",
      "OTHER",
      "RD_EXEC_COMMAND",
      "RD_NODE_NAME",
      "RD_NODE_HOSTNAME",
      "RD_OPTION_A",
      "RD_RUNDECK_PROJECT",
      "RD_CONFIG_SSM_REGION",
    );
    const variables = fc.dictionary(
      name,
      fc.constantFrom("1", "two words", "", "3"),
    );
    fc.assert(
      fc.property(variables, variables, (own, server) => {
        // which bash would read
        const { BASH_ENV: _, ...client } = own;
        const { BASH_ENV: __, ...parent } = server;
        expect(imported(client, parent, {})).toEqual(
          importedByBash(client, parent),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("is the server's behind whatever stands between", () => {
    const own = { RD_EXEC_COMMAND: "id", RD_NODE_NAME: "a" };
    expect(
      imported(own, { ...own, X: "1" }, { AWS_PROFILE: "server" }),
    ).toEqual({
      ...own,
      AWS_PROFILE: "server",
    });
  });
});
