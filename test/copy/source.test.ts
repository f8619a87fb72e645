import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSource, readWhole } from "../../src/copy/source.ts";

const folder = mkdtempSync(path.join(tmpdir(), "source-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function makeFile(): string {
  const file = path.join(folder, `file-${++files}`);
  writeFileSync(file, "0123456789");
  return file;
}

describe("a file on the server", () => {
  it("is read from any place, as often as is wanted", async () => {
    await using source = await openSource(makeFile(), "node n");
    expect((await readWhole(source)).toString()).toBe("0123456789");
    const part = Buffer.alloc(4);
    for (const at of [6, 2, 6]) {
      await source.read(part, at);
      expect(part.toString()).toBe("0123456789".slice(at, at + 4));
    }
  });

  it.each([
    ["grows", (file: string) => appendFileSync(file, "x")],
    ["shrinks", (file: string) => truncateSync(file, 5)],
    ["is written anew", (file: string) => utimesSync(file, 1, 1)],
  ])(
    "that %s while it is copied is refused, by its path",
    async (_, change) => {
      const file = makeFile();
      await using source = await openSource(file, "node n");
      await source.read(Buffer.alloc(4), 0);
      change(file);
      await expect(source.read(Buffer.alloc(6), 4)).rejects.toMatchObject({
        code: "transfer-failed",
        message: `node n: ${file} has changed while it was copied; copy it again when nobody writes to it`,
      });
    },
  );

  it.each(["/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"])(
    "that does not tell its size, %s, is refused",
    async (file) => {
      await using source = await openSource(file, "node n");
      await expect(readWhole(source)).rejects.toMatchObject({
        code: "transfer-failed",
        message: expect.stringMatching(/more or less than the \d+ bytes/),
      });
    },
  );

  it.each([
    ["", "setting-missing", /there is no file to copy/],
    ["/srv/\ufffd", "setting-invalid", /no UTF-8/],
  ])("that nobody can mean, %j, is refused", async (file, code, why) => {
    await expect(openSource(file, "node n")).rejects.toMatchObject({
      code,
      message: expect.stringMatching(why),
    });
  });

  it("that is a pipe is refused, and nobody waits for its other end", async () => {
    const pipe = path.join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    await expect(openSource(pipe, "node n")).rejects.toMatchObject({
      code: "transfer-failed",
      message: `node n: ${pipe} is no regular file, so it can't be copied`,
    });
  });
});
