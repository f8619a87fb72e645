import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkProgram } from "../../src/doctor/program.ts";
import type { Program } from "../../src/doctor/program.ts";
import { checkOf } from "../support/doctor.ts";

const libext = mkdtempSync(path.join(tmpdir(), "bridge-doctor-"));
const folder = path.join(libext, "cache", "rundeck-ssm-bridge-1.2.0");
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(libext, { recursive: true }));

const program: Program = {
  version: "1.2.0",
  nodeVersion: "22.1.0",
  nodePath: "/usr/bin/node",
  bashVersion: "5.2.15(1)-release",
  folder,
  user: { uid: 1000, name: "rundeck" },
  server: { pid: 77, uid: 1000, user: "rundeck", environment: new Map() },
  differing: [],
  sidecars: [],
};

function look(name: string, more: Partial<Program>) {
  return checkOf(checkProgram({ ...program, ...more }), name);
}

describe("the program", () => {
  it("is all well where nothing is wrong", () => {
    writeFileSync(path.join(libext, "rundeck-ssm-bridge-1.2.0.zip"), "");
    const checks = checkProgram(program);
    expect(checks.filter(({ state }) => state !== "ok")).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      "version",
      "node",
      "bash",
      "server",
      "environment",
      "sidecar",
    ]);
  });

  it("sees a second version that lies beside it", () => {
    const file = path.join(libext, "rundeck-ssm-bridge-1.1.0.zip");
    writeFileSync(file, "");
    expect(look("version", {})).toMatchObject({
      state: "warning",
      says: `rundeck-ssm-bridge 1.2.0, in ${folder}; another version lies beside it: ${file}`,
    });
    rmSync(file);
  });

  it("sees that the server has another version than the one that runs", () => {
    const base = path.dirname(libext);
    const server = {
      ...program.server,
      base: libext,
      pid: 77,
      uid: 1000,
      user: "rundeck",
    };
    mkdirSync(path.join(libext, "libext"));
    const file = path.join(libext, "libext", "rundeck-ssm-bridge-1.3.0.zip");
    writeFileSync(file, "");
    const found = look("version", {
      folder: path.join(base, "unzipped"),
      server,
    });
    expect(found.state).toBe("warning");
    expect(found.says).toContain(
      `the Rundeck server has another version: ${file}`,
    );
    rmSync(path.join(libext, "libext"), { recursive: true });
  });

  it("warns of a Node.js that AWS's SDK leaves", () => {
    expect(look("node", { nodeVersion: "20.20.0" })).toMatchObject({
      state: "warning",
      says: expect.stringContaining("January 2027"),
    });
  });

  it("says which user the server is, and that ours differs", () => {
    const environment = new Map([["PATH", "/bin"]]);
    const server = { pid: 77, uid: 998, user: "rundeck", environment };
    const user = { uid: 0, name: "root" };
    expect(look("server", { server, user })).toMatchObject({
      state: "warning",
      says: expect.stringContaining("process 77, user rundeck; we are root"),
      remedy: expect.stringContaining("sudo -u rundeck"),
    });
    expect(look("sidecar", { server, user }).state).toBe("unknown");
  });

  it("says that another user's environment is not ours to read", () => {
    const server = { pid: 77, uid: 998, user: "rundeck" };
    const checks = checkProgram({ ...program, server });
    expect(checkOf(checks, "server").says).toContain(
      "may not read its environment",
    );
    expect(checks.map(({ name }) => name)).not.toContain("environment");
  });

  it("names what the server's environment has other than ours", () => {
    expect(look("environment", { differing: ["AWS_PROFILE"] }).says).toBe(
      "the server's counts; ours differs in AWS_PROFILE",
    );
  });

  it("says that no server was found", () => {
    const { server: _, ...alone } = program;
    expect(checkOf(checkProgram(alone), "server")).toMatchObject({
      state: "unknown",
      remedy: expect.stringContaining("--server-pid"),
    });
  });

  it("warns of a sidecar that does not answer", () => {
    const sidecars = [{ state: "silent", pid: 5, serverPid: 77 } as const];
    expect(look("sidecar", { sidecars })).toMatchObject({
      state: "warning",
      remedy: expect.stringContaining("kill -KILL 5"),
    });
  });
});
