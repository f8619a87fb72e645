import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { leavePlain, packContent } from "../../src/copy/pack.ts";
import {
  composeFetch,
  composeJoin,
  composeRemove,
  composeStore,
} from "../../src/copy/script.ts";
import type { Destination } from "../../src/copy/request.ts";
import { openNode } from "../support/agent.ts";
import type { NodeShell } from "../support/agent.ts";
import {
  destinationOf,
  letOthersIn,
  openFolders,
  runCopy,
  sendWhole,
  shells,
} from "../support/node-copy.ts";

const makeFolder = openFolders((remove) => afterAll(remove));
const [destination, run, copy] = [destinationOf, runCopy, sendWhole];

describe.each(shells)("a copy's scripts in %s", (shell: NodeShell) => {
  const ends: (() => void)[] = [];
  const node = openNode(shell, (remove) => ends.push(remove));
  afterAll(() => ends.forEach((end) => end()));
  const content = Buffer.from("#!/bin/sh\necho deployed\n");

  it.each([
    ["a plain name", "app.conf"],
    ["spaces and quotes", `it's "quoted"  twice`],
    ["a leading dash", "-rf"],
    ["dollar, backtick and backslash", "$(id) `id` \\n ${HOME} $$"],
    ["unicode", "größe 文件 🚀"],
    ["a glob", "*.{a,b}[c]?"],
    ["a leading tilde inside", "~x"],
    ["Systems Manager's braces", "{{ssm:name}} {{{ commands }}}"],
    ["semicolons and redirections", "; rm -rf x > y | z &"],
    ["a percent sign", "100%s%n"],
    ["a tab", "a\tb"],
  ])("put a file to a name with %s", async (_, name) => {
    const folder = makeFolder();
    const to = destination(`${folder}/${name}`);
    expect(await copy(node, content, to)).toEqual({
      kind: "copied",
      path: `${folder}/${name}`,
    });
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(path.join(folder, name))).toEqual(content);
  });

  it("append the file's name to a folder, with or without a slash", async () => {
    const folder = makeFolder();
    for (const given of [folder, `${folder}/`, `${folder}/new/`])
      expect(await copy(node, content, destination(given))).toEqual({
        kind: "copied",
        path: `${given.replace(/\/$/, "")}/deploy.sh`,
      });
    expect(readFileSync(`${folder}/new/deploy.sh`)).toEqual(content);
  });

  it("give a name with a line break to nothing", async () => {
    const folder = makeFolder();
    const of = (to: string) => destination(to, { fileName: "a\nb" });
    for (const given of [folder, `${folder}/new/`])
      expect(await copy(node, content, of(given))).toEqual({
        kind: "failed",
        step: "name",
        said: `"a\\nb" holds a line break, which Rundeck can't take for a path`,
      });
    expect(readdirSync(folder)).toEqual([]);
    expect(await copy(node, content, of(`${folder}/f`))).toMatchObject({
      kind: "copied",
    });
  });

  it("take what ends with a dot for a folder, also where it is not there", async () => {
    const folder = makeFolder();
    for (const given of ["new/.", "other/.."])
      expect(
        await copy(node, content, destination(`${folder}/${given}`)),
      ).toEqual({ kind: "copied", path: `${folder}/${given}/deploy.sh` });
    expect(readFileSync(`${folder}/new/deploy.sh`)).toEqual(content);
    expect(readFileSync(`${folder}/deploy.sh`)).toEqual(content);
  });

  it("tell links that lead in a circle from those that lead nowhere", async () => {
    const folder = makeFolder();
    symlinkSync("b", `${folder}/a`);
    symlinkSync("a", `${folder}/b`);
    symlinkSync("nothing/x", `${folder}/c`);
    const step = async (to: string) =>
      copy(node, content, destination(`${folder}/${to}`));
    for (const to of ["a", "a/x"])
      expect(await step(to)).toMatchObject({ kind: "failed", step: "loop" });
    expect(await step("c")).toMatchObject({ kind: "failed", step: "link" });
    expect(readdirSync(folder)).toEqual(["a", "b", "c"]);
  });

  const fetch = (to: Destination) => {
    const sha256 = createHash("sha256").update(content).digest("hex");
    return composeFetch(to, { kind: "agent", object: "object" }, { sha256 });
  };

  it("take what the agent has fetched out of its folder before all else", async () => {
    const folder = makeFolder();
    writeFileSync(`${folder}/object`, content);
    const to = destination(`${folder}/f`);
    // it is killed as soon as it has come to where it becomes another user
    const [before = ""] = fetch(to).split("receive() {");
    await run(node, `cd ${folder}\n${before}\nkill -KILL $$`, to);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ["a destination that is a device", { path: "/dev/null" }, "special"],
    ["a user whom there is not", { runAs: "no-such-user" }, "no-user"],
  ])(
    "leave nothing that the agent has fetched, for %s",
    async (_, more, step) => {
      const folder = makeFolder();
      writeFileSync(`${folder}/object`, content);
      const to = destination(`${folder}/f`, more);
      expect(await run(node, `cd ${folder}\n${fetch(to)}`, to)).toMatchObject({
        kind: "failed",
        step,
      });
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it("put in its place what the agent has fetched, and say where there is nothing", async () => {
    const folder = makeFolder();
    writeFileSync(`${folder}/object`, content);
    const to = destination(`${folder}/f`);
    const script = `cd ${folder}\n${fetch(to)}`;
    expect(await run(node, script, to)).toMatchObject({ kind: "copied" });
    expect(readFileSync(`${folder}/f`)).toEqual(content);
    expect(await run(node, script, to)).toMatchObject({
      kind: "stuck",
      tried: [{ way: "agent", how: "failed" }],
    });
    expect(readdirSync(folder)).toEqual(["f"]);
  });

  it("make no home", async () => {
    const folder = makeFolder();
    const home = openNode(shell, (remove) => ends.push(remove));
    home.env["HOME"] = `${folder}/nonexistent`;
    for (const to of ["~/x", "~", "~/new/"])
      expect(await copy(home, content, destination(to))).toMatchObject({
        kind: "failed",
        step: "no-home",
      });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("make missing folders, open to others as folders are", async () => {
    const folder = makeFolder();
    await copy(node, content, destination(`${folder}/a/b/c`));
    expect(readFileSync(`${folder}/a/b/c`)).toEqual(content);
    expect(statSync(`${folder}/a/b`).mode & 0o777).toBe(0o755);
  });

  it("take ~ for a home, and a relative path from where the agent starts scripts", async () => {
    const folder = makeFolder();
    const home = { ...node, env: node.env };
    home.env["HOME"] = folder;
    expect(await copy(node, content, destination("~/x/y"))).toEqual({
      kind: "copied",
      path: `${folder}/x/y`,
    });
    delete home.env["HOME"];
    expect(
      await copy(node, content, destination(`../..${folder}/relative`)),
    ).toMatchObject({ kind: "copied" });
    expect(readFileSync(`${folder}/relative`)).toEqual(content);
  });

  it("set the mode, whatever the file before had", async () => {
    const folder = makeFolder();
    writeFileSync(`${folder}/f`, "old", { mode: 0o777 });
    await copy(node, content, destination(`${folder}/f`, { fileMode: "0640" }));
    expect(statSync(`${folder}/f`).mode & 0o7777).toBe(0o640);
    await copy(node, content, destination(`${folder}/f`, { fileMode: "4755" }));
    expect(statSync(`${folder}/f`).mode & 0o7777).toBe(0o4755);
  });

  it("follow a link to a file, and leave the link", async () => {
    const folder = makeFolder();
    writeFileSync(`${folder}/real`, "old");
    symlinkSync("real", `${folder}/link`);
    expect(await copy(node, content, destination(`${folder}/link`))).toEqual({
      kind: "copied",
      path: `${folder}/link`,
    });
    expect(readFileSync(`${folder}/real`)).toEqual(content);
    expect(readlinkSync(`${folder}/link`)).toBe("real");
  });

  it("copy empty and 1-byte files, and every byte there is", async () => {
    const folder = makeFolder();
    const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    for (const bytes of [Buffer.alloc(0), Buffer.from([0]), every]) {
      const to = destination(`${folder}/f`);
      expect(await copy(node, bytes, to)).toMatchObject({ kind: "copied" });
      expect(readFileSync(`${folder}/f`)).toEqual(bytes);
    }
  });

  it("join pieces, and leave none of them", async () => {
    const folder = makeFolder();
    const to = destination(`${folder}/f`);
    const packed = await packContent(Buffer.from("0123456789".repeat(5_000)));
    const part = (i: number) => packed.bytes.subarray(i * 30, (i + 1) * 30);
    const rest = packed.bytes.subarray(60).toString("base64");
    const piece = (number: number) => ({
      number,
      of: 3,
      base64: part(number - 1).toString("base64"),
    });
    expect(await run(node, composeStore(to, piece(1)), to)).toEqual({
      kind: "stored",
    });
    const name = `.rundeck-ssm-copy-${to.copyId}`;
    expect(statSync(`${folder}/${name}`).mode & 0o777).toBe(0o700);
    expect(readdirSync(`${folder}/${name}`)).toEqual(["1"]);
    await run(node, composeStore(to, piece(2)), to);
    const last = { number: 3, of: 3, base64: rest };
    expect(await run(node, composeJoin(to, last, packed), to)).toMatchObject({
      kind: "copied",
    });
    expect(readFileSync(`${folder}/f`, "latin1")).toBe(
      "0123456789".repeat(5_000),
    );
    expect(readdirSync(folder)).toEqual(["f"]);
  });

  it("leave the old file alone when a piece is missing or damaged", async () => {
    const folder = makeFolder();
    writeFileSync(`${folder}/f`, "old");
    const to = destination(`${folder}/f`);
    const packed = leavePlain(content);
    const sum = createHash("sha256").update("other").digest("hex");
    const base64 = packed.bytes.toString("base64");
    const wrong = { ...packed, sha256: sum };
    expect(
      await run(node, composeJoin(to, { number: 1, of: 1, base64 }, wrong), to),
    ).toMatchObject({ kind: "failed", step: "damaged" });
    expect(
      await run(
        node,
        composeJoin(to, { number: 2, of: 2, base64 }, packed),
        to,
      ),
    ).toMatchObject({ kind: "failed" });
    expect(readFileSync(`${folder}/f`, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["f"]);
  });

  it.each([
    ["is setgid", (folder: string) => chmodSync(folder, 0o2775)],
    ["has a default ACL that lets others in", letOthersIn],
  ])(
    "put a file into a folder that %s, and leave nothing else there",
    async (_, prepare) => {
      const folder = makeFolder();
      prepare(folder);
      const to = destination(`${folder}/f`);
      const piece = { number: 1, of: 2, base64: "AAAA" };
      expect(await run(node, composeStore(to, piece), to)).toEqual({
        kind: "stored",
      });
      const name = `.rundeck-ssm-copy-${to.copyId}`;
      expect(statSync(`${folder}/${name}`).mode & 0o777).toBe(0o700);
      expect(await run(node, composeRemove(to), to)).toEqual({
        kind: "removed",
      });
      expect(readdirSync(folder)).toEqual([]);
      expect(await copy(node, content, to)).toMatchObject({ kind: "copied" });
      expect(readdirSync(folder)).toEqual(["f"]);
      expect(statSync(`${folder}/f`).mode & 0o777).toBe(0o600);
    },
  );

  it("refuse a folder in the file's place", async () => {
    const folder = makeFolder();
    mkdirSync(`${folder}/deploy.sh`);
    expect(await copy(node, content, destination(folder))).toMatchObject({
      kind: "failed",
      step: "directory",
    });
  });

  it("say which folder can't be made", async () => {
    const folder = makeFolder();
    writeFileSync(`${folder}/file`, "");
    const answer = await copy(node, content, destination(`${folder}/file/x/y`));
    expect(answer).toMatchObject({ kind: "failed", step: "folder" });
    expect(answer).toHaveProperty(
      "said",
      expect.stringMatching(/file exists/i),
    );
  });

  it("remove what an unfinished copy left", async () => {
    const folder = makeFolder();
    const to = destination(`${folder}/f`);
    const base64 = "AAAA";
    await run(node, composeStore(to, { number: 1, of: 2, base64 }), to);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(await run(node, composeRemove(to), to)).toEqual({ kind: "removed" });
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(node.temporary)).toBe(true);
    expect(node.leftovers()).toEqual([]);
  });
});
