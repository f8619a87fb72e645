import {
  mkdtempSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openMetricsFiles } from "../../src/sidecar/metrics-files.ts";
import { startOf } from "../../src/sidecar/proc.ts";
import { modeOf } from "../support/sidecar.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "metrics-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { pid, ppid } = process;
const writer = { pid, start: startOf(pid) ?? "", serverPid: 815 };

test("a file is written whole, for all to read, and again", () => {
  const old = process.umask(0o077);
  try {
    let text = "one 1\n";
    const files = openMetricsFiles(writer, () => text);
    expect(files.use(path.join(folder, "ssm-%p.prom"))).toBeUndefined();
    text = "one 2\n";
    files.write();
    expect(readdirSync(folder)).toEqual(["ssm-815.prom"]);
    const file = path.join(folder, "ssm-815.prom");
    const [head, ...lines] = readFileSync(file, "utf8").split("\n");
    expect(head).toMatch(/^# /);
    expect(lines).toEqual(["one 2", ""]);
    expect(modeOf(file)).toBe("644");
  } finally {
    process.umask(old);
  }
});

test("one that can't be written is told of once, and written when it can be", () => {
  const files = openMetricsFiles(writer, () => "one 1\n");
  const file = path.join(folder, "later", "ssm.prom");
  expect(files.use(file)).toBe("ENOENT");
  expect(files.use(file)).toBeUndefined();
  mkdirSync(path.dirname(file));
  files.write();
  expect(readFileSync(file, "utf8")).toContain("one 1\n");
});

test("nothing but a sidecar's file is replaced, and nothing behind a link", () => {
  const files = openMetricsFiles(writer, () => "one 1\n");
  const file = path.join(folder, "theirs.prom");
  writeFileSync(file, "theirs 1\n");
  const link = path.join(folder, "link.prom");
  symlinkSync(file, link);
  for (const name of [file, link])
    expect(files.use(name)).toMatch(/^there is something else by that name/);
  files.write();
  expect(readFileSync(file, "utf8")).toBe("theirs 1\n");
  expect(readdirSync(folder).toSorted()).toEqual(["link.prom", "theirs.prom"]);
});

test("two that live don't write one file; a dead one's is taken over", () => {
  const file = path.join(folder, "ssm.prom");
  const other = {
    pid: ppid,
    start: startOf(ppid) ?? "",
    serverPid: 4711,
  };
  openMetricsFiles(other, () => "other 1\n").use(file);
  const own = openMetricsFiles(writer, () => "own 1\n");
  expect(own.use(file)).toMatch(
    new RegExp(`process ${ppid}\\).*%p in the name`),
  );
  own.write();
  expect(readFileSync(file, "utf8")).toContain("other 1\n");
  // the same number, but it began at another time: it is no more
  const gone = `# rundeck-ssm sidecar ${ppid} 1 4711\nother 2\n`;
  writeFileSync(file, gone);
  own.write();
  expect(readFileSync(file, "utf8")).toContain("own 1\n");
});

test("the one before of the same server is waited for, without a word", () => {
  const file = path.join(folder, "ssm-%p.prom");
  const draining = { ...writer, pid: ppid, start: startOf(ppid) ?? "" };
  openMetricsFiles(draining, () => "old 1\n").use(file);
  const own = openMetricsFiles(writer, () => "own 1\n");
  expect(own.use(file)).toBeUndefined();
  const written = path.join(folder, "ssm-815.prom");
  expect(readFileSync(written, "utf8")).toContain("old 1\n");
  writeFileSync(written, `# rundeck-ssm sidecar ${ppid} 1 815\nold 2\n`);
  own.write();
  expect(readFileSync(written, "utf8")).toContain("own 1\n");
});
