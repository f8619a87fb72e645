import {
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import {
  longestKeptMs,
  openLastAnswers,
} from "../../src/nodes/last-answers.ts";

let parent: string;
let folder: string;
let now: number;

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), "last-answers-"));
  folder = path.join(parent, "var", "nodes");
  now = Date.now();
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const open = (identity: unknown = "one") =>
  openLastAnswers(folder, identity, () => now);
const form = z.array(z.string());

test("an answer is there for the same question of the same configuration alone", async () => {
  await open().keep("a", ["x"]);
  expect(await open().read("a", form)).toEqual({
    answer: ["x"],
    keptAtEpochMs: now,
  });
  expect(await open().read("b", form)).toBeUndefined();
  expect(await open("another").read("a", form)).toBeUndefined();
});

test("an answer that is too old, or of another form, does not count", async () => {
  await open().keep("a", ["x"]);
  expect(await open().read("a", z.number())).toBeUndefined();
  now += longestKeptMs;
  expect(await open().read("a", form)).toBeUndefined();
});

test("a file that was cut does not count", async () => {
  await open().keep("a", ["x"]);
  const [name = ""] = await readdir(folder);
  const file = path.join(folder, name);
  await writeFile(file, (await readFile(file, "utf8")).slice(0, 20));
  expect(await open().read("a", form)).toBeUndefined();
});

test("nobody else reads the folder and its files", async () => {
  await open().keep("a", ["x"]);
  await open().report("all well\n");
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const names = await readdir(folder);
  expect(names).toHaveLength(2);
  for (const name of names)
    expect((await stat(path.join(folder, name))).mode & 0o777).toBe(0o600);
  expect(await readFile(open().reportFile, "utf8")).toBe("all well\n");
});

test("what no configuration has used for long is removed, and nothing else", async () => {
  await open("gone").keep("a", ["x"]);
  await writeFile(path.join(folder, "somebody's"), "own");
  const old = (now - longestKeptMs - 60_000) / 1_000;
  for (const name of await readdir(folder))
    await utimes(path.join(folder, name), old, old);
  await open().keep("a", ["y"]);
  await open().report("all well\n");
  expect(await readdir(folder)).toHaveLength(3);
  expect(await open("gone").read("a", form)).toBeUndefined();
});

test("where nothing can be written nothing is kept, and nothing fails", async () => {
  await writeFile(path.join(parent, "var"), "a file");
  await open().keep("a", ["x"]);
  await open().report("all well\n");
  expect(await open().read("a", form)).toBeUndefined();
});
