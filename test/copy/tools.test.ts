import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseAnswer } from "../../src/copy/answer.ts";
import { leavePlain, packContent } from "../../src/copy/pack.ts";
import type { Packed } from "../../src/copy/plan.ts";
import { composeJoin } from "../../src/copy/script.ts";
import { openNode, toReply } from "../support/agent.ts";

const root = mkdtempSync(path.join(tmpdir(), "copy-tools-"));
const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
  rmSync(root, { recursive: true, force: true });
});

/** What every system has. */
const common = ["sh", "cat", "chmod", "id", "mkdir", "mv", "readlink", "rm"];

const find = (program: string) =>
  spawnSync("sh", ["-c", `command -v ${program}`], {
    encoding: "utf8",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
  }).stdout.trim();
const machine = new Map(
  [
    "awk",
    "base64",
    "fold",
    "gzip",
    "openssl",
    "perl",
    "python3",
    "sha256sum",
  ].map((program) => [program, find(program)]),
);

let count = 0;
/** Copies on a node that has these programs and no others. */
async function copyWith(programs: readonly string[], packed: Packed) {
  const bin = path.join(root, `bin-${++count}`);
  mkdirSync(bin);
  for (const program of [...common, ...programs])
    symlinkSync(machine.get(program) ?? find(program), path.join(bin, program));
  const node = openNode("dash", (end) => ends.push(end));
  node.env["PATH"] = bin;
  const copyId = count.toString(16).padStart(24, "a");
  const file = path.join(root, `file-${count}`);
  const script = composeJoin(
    {
      platform: "unix",
      path: file,
      fileName: "f",
      fileMode: "0600",
      copyId,
    },
    { number: 1, of: 1, base64: packed.bytes.toString("base64") },
    packed,
  );
  const answer = parseAnswer(toReply(await node.run(script)), copyId);
  return { answer, file };
}

const content = Buffer.concat([
  randomBytes(2_000),
  Buffer.from("text\0\n".repeat(500)),
]);
const lacks = (programs: readonly string[]) =>
  programs.some((program) => (machine.get(program) ?? "") === "");

describe("a node that has, of all tools, only", () => {
  it.for([
    [["base64", "gzip", "sha256sum"]],
    [["openssl", "gzip"]],
    [["python3"]],
    [["perl"]],
    [["awk", "fold", "gzip", "sha256sum"]],
  ])("%j takes a file", async ([programs = []], { skip }) => {
    skip(lacks(programs), "this machine lacks one of them");
    const packed = await packContent(content);
    expect(packed.packing).toBe("gzip");
    const { answer, file } = await copyWith(programs, packed);
    expect(answer).toEqual({ kind: "copied", path: file });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it("base64 and sha256sum asks for plain content, and takes it", async () => {
    const tools = ["base64", "sha256sum"];
    const refused = await copyWith(tools, await packContent(content));
    expect(refused.answer).toMatchObject({ kind: "failed", step: "no-gunzip" });
    const { answer, file } = await copyWith(tools, leavePlain(content));
    expect(answer).toMatchObject({ kind: "copied" });
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it("base64 and gzip can't verify, so it takes nothing", async () => {
    const { answer } = await copyWith(
      ["base64", "gzip"],
      await packContent(content),
    );
    expect(answer).toMatchObject({ kind: "failed", step: "no-sha256" });
  });
});
