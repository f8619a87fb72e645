import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  existsSync,
  readFileSync,
  statSync,
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
chmodSync(root, 0o755);
const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
  rmSync(root, { recursive: true, force: true });
});

/** What every system has. */
const common = ["sh", "cat", "chmod", "ls", "mkdir", "mv", "rm", "rmdir"];

const find = (program: string) =>
  spawnSync("sh", ["-c", `command -v ${program}`], {
    encoding: "utf8",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" },
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
async function copyWith(
  programs: readonly string[],
  packed: Packed,
  runAs?: string,
) {
  const bin = path.join(root, `bin-${++count}`);
  mkdirSync(bin);
  for (const program of [...common, ...programs])
    symlinkSync(machine.get(program) ?? find(program), path.join(bin, program));
  const node = openNode("dash", (end) => ends.push(end));
  node.env["PATH"] = bin;
  const copyId = count.toString(16).padStart(24, "a");
  const folder = path.join(root, `folder-${count}`);
  mkdirSync(folder);
  if (runAs !== undefined) chownSync(folder, 1, 1);
  const file = path.join(folder, "f");
  const script = composeJoin(
    {
      platform: "unix",
      path: file,
      fileName: "f",
      copyId,
      ...(runAs === undefined ? {} : { runAs }),
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

  it("base64, awk or the like missing says which it needs", async () => {
    const { answer } = await copyWith(["sha256sum"], leavePlain(content));
    expect(answer).toMatchObject({ kind: "failed", step: "no-base64" });
  });
});

describe.skipIf(process.getuid?.() !== 0)(
  "a node where the user of ssm-run-as can be become by",
  () => {
    const tools = ["base64", "gzip", "id", "sha256sum"];

    it.for(["setpriv", "runuser", "sudo", "su", "python3", "perl"])(
      "%s alone takes a file as that user",
      async (way, { skip }) => {
        skip(find(way) === "", "this machine lacks it");
        const { answer, file } = await copyWith(
          [...tools, way],
          await packContent(content),
          "daemon",
        );
        expect(answer).toEqual({ kind: "copied", path: file });
        expect(statSync(file)).toMatchObject({ uid: 1, gid: 1 });
      },
    );

    it("nothing takes no file", async () => {
      const { answer, file } = await copyWith(
        tools,
        await packContent(content),
        "daemon",
      );
      expect(answer).toMatchObject({ kind: "failed", step: "no-switch" });
      expect(existsSync(file)).toBe(false);
    });
  },
);
