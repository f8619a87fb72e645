import { execFileSync, spawnSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** What may lie where the client looks for its sidecar, since everybody can write to /tmp. */

let top: string;
let base: string;
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), "bridge-planted-"));
  base = path.join(top, "base");
  mkdirSync(base, { mode: 0o700 });
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const soon = () => Math.floor(Date.now() / 1_000) + 50;

/** The status of `words`, with which the client begins, in bash; undefined if that has to be ended. */
function ask(words: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(
    "bash",
    ["-c", `. src/plugin/client.sh; base=$1 folder=$1/x; ${words}`, "-", base],
    { timeout: 10_000, encoding: "utf8" },
  );
  return { status, stderr };
}

describe("a sidecar", () => {
  it("is not there where nothing is, and not to be had where its folder is no folder of ours", () => {
    rmSync(base, { recursive: true });
    expect(ask("greet").status).toBe(1);
    symlinkSync(top, base);
    expect(ask("greet").status).toBe(2);
    rmSync(base);
    writeFileSync(base, "");
    expect(ask("greet").status).toBe(2);
  });

  it("is not to be had where the folder is another user's, whatever lies in it", () => {
    // whoever is not root has the root's folders
    if (process.getuid?.() === 0) chownSync(base, 65_534, 65_534);
    else base = "/usr";
    expect(ask("greet").status).toBe(2);
    expect(ask("make_base").status).toBe(1);
  });
});

describe("what is remembered of a sidecar that can't be had", () => {
  it("counts for a while", () => {
    writeFileSync(`${base}/x.failed`, `${soon()}\n`);
    expect(ask("is_hopeless")).toEqual({ status: 0, stderr: "" });
    writeFileSync(`${base}/x.failed`, "1000000000\n");
    expect(ask("is_hopeless")).toEqual({ status: 1, stderr: "" });
  });

  it.each([
    ["code for arithmetic", "a[$(touch made)]"],
    ["no expression", "zzz qq("],
    ["an octal number", "08"],
    ["a number without an end", "9".repeat(100)],
    ["nothing", ""],
  ])("is nothing else: %s", (_, text) => {
    writeFileSync(`${base}/x.failed`, `${text}\n`);
    expect(ask(`cd "$base" && is_hopeless`)).toEqual({ status: 1, stderr: "" });
    expect(existsSync(`${base}/made`)).toBe(false);
  });

  it.each([
    ["a pipe", (file: string) => execFileSync("mkfifo", [file])],
    ["a folder", (file: string) => mkdirSync(file)],
    [
      "a link to what has no end",
      (file: string) => symlinkSync("/dev/zero", file),
    ],
    [
      "a link to what would count",
      (file: string) => {
        writeFileSync(`${file}.other`, `${soon()}\n`);
        symlinkSync(`${file}.other`, file);
      },
    ],
  ])("is not read from %s", (_, plant) => {
    plant(`${base}/x.failed`);
    expect(ask("is_hopeless")).toEqual({ status: 1, stderr: "" });
  });
});

describe("an address", () => {
  it.each([
    ["a pipe", (file: string) => execFileSync("mkfifo", [file])],
    [
      "a link to what has no end",
      (file: string) => symlinkSync("/dev/zero", file),
    ],
    [
      "a file of other words",
      (file: string) => writeFileSync(file, "80 a b $(touch made) 1\n"),
    ],
    ["a file of too few", (file: string) => writeFileSync(file, "80 a b\n")],
  ])("is not read from %s", (_, plant) => {
    mkdirSync(`${base}/x`, { mode: 0o700 });
    plant(`${base}/x/port`);
    expect(ask(`cd "$base" && greet`)).toEqual({ status: 1, stderr: "" });
    expect(existsSync(`${base}/made`)).toBe(false);
  });

  it("is not read from a folder that is a link", () => {
    mkdirSync(`${top}/other`, { mode: 0o700 });
    writeFileSync(`${top}/other/port`, `1 a b ${process.pid} 1\n`);
    symlinkSync(`${top}/other`, `${base}/x`);
    expect(ask("connect() { exit 9; }; greet").status).toBe(1);
  });
});

describe("the right to start one", () => {
  it("is one client's, until that is gone, or 20 s have passed", () => {
    expect(ask("claim_start").status).toBe(0);
    writeFileSync(`${base}/x.starting`, `${process.pid} ${soon() - 50}\n`);
    expect(ask("round=19; claim_start").status).toBe(1);
    expect(existsSync(`${base}/x.starting`)).toBe(true);
    writeFileSync(`${base}/x.starting`, `${process.pid} ${soon() - 100}\n`);
    expect(ask("round=0; claim_start").status).toBe(1);
    expect(ask("round=1; claim_start").status).toBe(0);
  });

  it.each(["", "1 08", "a[$(touch made)] 1", "1"])(
    "is free again where %j stays in its place",
    (text) => {
      writeFileSync(`${base}/x.starting`, `${text}\n`);
      expect(ask(`cd "$base"; round=18; claim_start`)).toEqual({
        status: 1,
        stderr: "",
      });
      expect(ask(`cd "$base"; round=19; claim_start; claim_start`)).toEqual({
        status: 0,
        stderr: "",
      });
      expect(existsSync(`${base}/made`)).toBe(false);
    },
  );

  it("is nobody's where there is no room for a word, and nothing stays there", () => {
    // a limit of nothing at all is as a disk that is full
    const full = "trap '' XFSZ; ulimit -f 0; claim_start";
    expect(ask(full)).toEqual({ status: 2, stderr: "" });
    expect(existsSync(`${base}/x.starting`)).toBe(false);
  });

  it("is nobody's where no file can be made, which costs moments", () => {
    // a folder that is not there is as a disk without an inode
    const full = `import_server_environment() { server_pid=$PPID; }
      may_share() { return 0; }
      folder=$base/none/x`;
    expect(ask(`${full}; claim_start`)).toEqual({ status: 1, stderr: "" });
    expect(ask(`${full}; find_sidecar`)).toEqual({ status: 2, stderr: "" });
  });
});
