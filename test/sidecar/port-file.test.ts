import {
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  claimAddress,
  readAddress,
  removeAddress,
} from "../../src/sidecar/port-file.ts";
import { startOf } from "../../src/sidecar/proc.ts";

let folder: string;
beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), "bridge-port-")), "own");
});
afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

const address = (pid: number, start = startOf(pid) ?? "") => ({
  port: 4_000,
  clientToken: "c",
  serverToken: "s",
  pid,
  start,
});
const ours = address(process.pid);

describe("the address of a sidecar", () => {
  it("is for its user alone", () => {
    expect(claimAddress(folder, ours)).toBe(ours);
    expect(readAddress(folder)).toEqual(ours);
    const mode = (file: string) => statSync(file).mode & 0o777;
    expect([mode(folder), mode(path.join(folder, "port"))]).toEqual([
      0o700, 0o600,
    ]);
  });

  it("stays that of the first of two that live", () => {
    const first = address(process.ppid);
    claimAddress(folder, first);
    expect(claimAddress(folder, ours)).toEqual(first);
    removeAddress(folder, process.pid);
    expect(readAddress(folder)).toEqual(first);
  });

  it.each([
    ["whose number nobody has", 4_194_304, "1"],
    ["whose number another process has", process.pid, "1"],
  ])("replaces that of one %s", (_, pid, start) => {
    claimAddress(folder, address(pid, start));
    expect(claimAddress(folder, ours)).toBe(ours);
    expect(readAddress(folder)).toEqual(ours);
  });

  it("is written through no link, and read through none", () => {
    claimAddress(folder, address(4_194_304, "1"));
    const elsewhere = path.join(path.dirname(folder), "elsewhere");
    writeFileSync(elsewhere, "1 c s 1 1\n");
    rmSync(path.join(folder, "port"));
    symlinkSync(elsewhere, path.join(folder, "port"));
    expect(readAddress(folder)).toBeUndefined();
    claimAddress(folder, ours);
    expect(readAddress(folder)).toEqual(ours);
    expect(statSync(elsewhere).size).toBe(10);
  });

  it.each(["", "\n", "1 2 3\n", "1 c s 2 3 more\n"])(
    "is none in %j",
    (text) => {
      claimAddress(folder, ours);
      writeFileSync(path.join(folder, "port"), text);
      expect(readAddress(folder)).toBeUndefined();
    },
  );

  it("goes with its folder, and what clients have left beside it", () => {
    claimAddress(folder, ours);
    writeFileSync(`${folder}.failed`, "1\n");
    removeAddress(folder, process.pid);
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(`${folder}.failed`)).toBe(false);
  });
});
