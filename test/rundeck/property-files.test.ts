import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readPropertyFiles } from "../../src/rundeck/property-files.ts";

const signal = new AbortController().signal;
let base = "";

beforeEach(async () => {
  base = await mkdtemp(path.join(tmpdir(), "rundeck-base-"));
});
afterEach(async () => {
  await rm(base, { recursive: true });
});

async function put(file: string, content: string | Uint8Array) {
  const whole = path.join(base, file);
  await mkdir(path.dirname(whole), { recursive: true });
  await writeFile(whole, content);
}

function read(project: string) {
  return readPropertyFiles(
    { RD_RUNDECK_BASE: base, RD_RUNDECK_PROJECT: project },
    signal,
  );
}

test("both files are found below Rundeck's base", async () => {
  await put("etc/framework.properties", "framework.ssm-profile=f");
  await put("projects/shop/etc/project.properties", "project.ssm-profile=p");
  const { project, framework } = await read("shop");
  expect(project?.get("project.ssm-profile")).toBe("p");
  expect(framework?.get("framework.ssm-profile")).toBe("f");
});

test("projects may lie where framework.projects.dir says", async () => {
  await put(
    "etc/framework.properties",
    `framework.projects.dir=${path.join(base, "elsewhere")}`,
  );
  await put("elsewhere/shop/etc/project.properties", "project.ssm-profile=p");
  expect((await read("shop")).project?.get("project.ssm-profile")).toBe("p");
});

test("a project in the database has no file, which is no error", async () => {
  expect((await read("shop")).project).toBeUndefined();
});

describe("a project's name leads nowhere but below the projects' folder", () => {
  test.each(["../outside", "..", ".", "", "a/b", "a\\b", "a\0b"])(
    "%j",
    async (name) => {
      await put("outside/etc/project.properties", "x=1");
      await put("etc/project.properties", "x=1");
      await put("projects/etc/project.properties", "x=1");
      await put("projects/a/b/etc/project.properties", "x=1");
      expect((await read(name)).project).toBeUndefined();
    },
  );
});

test("UTF-8 is read as such, and Latin-1 where it is none", async () => {
  await put("etc/framework.properties", "framework.a=é");
  await put(
    "projects/shop/etc/project.properties",
    Buffer.from("project.a=é", "latin1"),
  );
  const { project, framework } = await read("shop");
  expect(framework?.get("framework.a")).toBe("é");
  expect(project?.get("project.a")).toBe("é");
});

test("a file that is far too large is none of Rundeck's", async () => {
  await put(
    "projects/shop/etc/project.properties",
    `a=${"x".repeat(5_000_000)}`,
  );
  expect((await read("shop")).project).toBeUndefined();
});

test("a pipe in its place is none, and holds up nobody", async () => {
  await put("etc/framework.properties", "framework.a=f");
  const folder = path.join(base, "projects/shop/etc");
  await mkdir(folder, { recursive: true });
  execFileSync("mkfifo", [path.join(folder, "project.properties")]);
  const { project, framework } = await read("shop");
  expect(project).toBeUndefined();
  expect(framework?.get("framework.a")).toBe("f");
});

test("an abort ends the reading", async () => {
  await expect(
    readPropertyFiles(
      { RD_RUNDECK_BASE: base },
      AbortSignal.abort(new Error("killed")),
    ),
  ).rejects.toThrow("killed");
});
