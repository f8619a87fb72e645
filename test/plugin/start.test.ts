import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "start-"));
  copyFileSync("src/plugin/start.cjs", path.join(folder, "start.cjs"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Enough code for V8 to have something to keep, and the same length for words of the same length. */
function putBundle(word: string, end = "") {
  const functions = Array.from(
    { length: 200 },
    (_, n) => `function f${n}() { return "${word}" + ${n}; } f${n}();`,
  );
  writeFileSync(
    path.join(folder, "exec.cjs"),
    `${functions.join("\n")}\nprocess.stdout.write("${word}");${end}`,
  );
}

function start(): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [path.join(folder, "start.cjs"), "exec"],
    { encoding: "utf8", timeout: 20_000 },
  );
  return { stdout, stderr, status };
}

function caches(): string[] {
  return readdirSync(folder).filter((name) => name.includes(".cache"));
}

function cacheFile(): string {
  return path.join(folder, caches()[0] ?? "no cache");
}

const good = (word: string) => ({ stdout: word, stderr: "", status: 0 });

test("a kill that comes while the bundle begins is the bundle's to hear", async () => {
  putBundle(
    "one",
    `require("node:fs").writeSync(1, "begins"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500); process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000)`,
  );
  const words = [path.join(folder, "start.cjs"), "exec"];
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  expect(await once(child, "close")).toEqual([7, null]);
});

describe("V8's code cache", () => {
  test("is made once, and used", () => {
    putBundle("one");
    expect(start()).toEqual(good("one"));
    const made = statSync(cacheFile());
    expect(start()).toEqual(good("one"));
    expect([statSync(cacheFile()).ino, caches()]).toEqual([
      made.ino,
      [path.basename(cacheFile())],
    ]);
  });

  test("is made in time also by what goes on for long, and may be killed", async () => {
    putBundle("one", "setInterval(() => {}, 1000)");
    const words = [path.join(folder, "start.cjs"), "exec"];
    const child = spawn(process.execPath, words, { stdio: "ignore" });
    await expect
      .poll(() => caches())
      .toEqual([expect.stringMatching(/cache$/)]);
    child.kill("SIGKILL");
    await once(child, "close");
    expect(statSync(cacheFile()).size).toBeGreaterThan(1_000);
  });

  test("of another bundle of the same length is not run, and is replaced", () => {
    putBundle("one");
    start();
    const before = readFileSync(cacheFile());
    putBundle("two");
    expect(start()).toEqual(good("two"));
    expect(readFileSync(cacheFile()).equals(before)).toBe(false);
  });

  test("is named by the sum that the build has put into the bundle's last line", () => {
    putBundle("one", "\n// 0123456789abcdef\n");
    expect(start()).toEqual(good("one"));
    expect(caches()).toEqual([
      expect.stringMatching(/-0123456789abcdef\.cache$/),
    ]);
    putBundle("two", "\n// fedcba9876543210\n");
    expect(start()).toEqual(good("two"));
  });

  test.each<[string, (file: string) => void]>([
    ["cut", (file) => truncateSync(file, 1000)],
    ["empty", (file) => truncateSync(file, 0)],
    ["damaged", damage],
    ["another program's", (file) => writeFileSync(file, "#!/bin/sh\n")],
    ["a queue", (file) => replaceBy(file, "mkfifo")],
    ["a folder", (file) => replaceBy(file, "mkdir")],
  ])("that is %s costs nothing but time", (_, spoil) => {
    putBundle("one");
    start();
    spoil(cacheFile());
    expect(start()).toEqual(good("one"));
  });

  test("that others may write is not looked at", () => {
    putBundle("one");
    start();
    const made = statSync(cacheFile()).ino;
    chmodSync(cacheFile(), 0o664);
    expect(start()).toEqual(good("one"));
    expect(statSync(cacheFile()).ino).not.toBe(made);
  });

  test.runIf(process.getuid?.() === 0)("nor one of another user's", () => {
    putBundle("one");
    start();
    const made = statSync(cacheFile()).ino;
    chownSync(cacheFile(), 12_345, 12_345);
    expect(start()).toEqual(good("one"));
    expect(statSync(cacheFile()).ino).not.toBe(made);
  });
});

/** Flips bytes where V8's own check does not look: it would end the process. */
function damage(file: string) {
  const bytes = readFileSync(file);
  for (let at = 200; at < 264; at += 1) bytes[at] = ~(bytes[at] ?? 0) & 0xff;
  writeFileSync(file, bytes);
}

function replaceBy(file: string, command: string) {
  rmSync(file);
  execFileSync(command, [file]);
}
