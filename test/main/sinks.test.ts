import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { openLog } from "../../src/main/log.ts";
import { openSink } from "../../src/main/sinks.ts";
import type { Page } from "../../src/main/sinks.ts";

describe("where bytes for Rundeck go", () => {
  it("takes the next bytes when the reader has taken the last ones", async () => {
    const takes: (() => void)[] = [];
    const reader = new Writable({
      write: (_bytes, _encoding, taken) => void takes.push(taken),
    });
    const sink = openSink(reader, () => undefined);
    let isTaken = false;
    const writing = sink.write(Buffer.from("x")).then(() => (isTaken = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isTaken).toBe(false);
    takes[0]?.();
    await writing;
    expect(isTaken).toBe(true);
  });

  it("says once that its reader has gone, and writes nothing from then on", async () => {
    const pipe = new PassThrough();
    let told = 0;
    const sink = openSink(pipe, () => (told += 1));
    pipe.emit("error", Object.assign(new Error("gone"), { code: "EPIPE" }));
    pipe.emit("error", Object.assign(new Error("gone"), { code: "EPIPE" }));
    await sink.write(Buffer.from("x"));
    expect([told, sink.isOpen(), pipe.read()]).toEqual([1, false, null]);
  });
});

describe("a line of our own", () => {
  async function written(
    work: (sinks: ReturnType<typeof openSink>[]) => Promise<void>,
    pages: Page[],
  ) {
    const pipes = pages.map(() => new PassThrough());
    const sinks = pages.map((page, at) =>
      openSink(pipes[at] ?? new PassThrough(), () => undefined, page),
    );
    await work(sinks);
    return pipes.map((pipe) => String(pipe.read() ?? ""));
  }

  it.each([
    ["", "line\n"],
    ["foo\n", "foo\nline\n"],
    ["foo", "foo\nline\n"],
    ["50 %\r", "50 %\r\nline\n"],
  ])("after %j is a line of its own", async (before, expected) => {
    const write = async ([sink]: ReturnType<typeof openSink>[]) => {
      await sink?.write(Buffer.from(before));
      await sink?.write(Buffer.alloc(0));
      await sink?.writeLine("line\n");
      await sink?.writeLine("line\n");
    };
    expect(await written(write, [{ isAtLineStart: true }])).toEqual([
      `${expected}line\n`,
    ]);
  });

  it("knows what the other stream left unended where both are shown in one place", async () => {
    const write = async ([stdout, stderr]: ReturnType<typeof openSink>[]) => {
      await stdout?.write(Buffer.from("foo"));
      await stderr?.writeLine("line\n");
    };
    const page = { isAtLineStart: true };
    expect(await written(write, [page, page])).toEqual(["foo", "\nline\n"]);
    expect(
      await written(write, [{ isAtLineStart: true }, { isAtLineStart: true }]),
    ).toEqual(["foo", "line\n"]);
  });
});

describe("notes", () => {
  it("are one line each, and the same text comes once", () => {
    const lines: string[] = [];
    const log = openLog((line) => void lines.push(line));
    log.note("log group\nis missing");
    log.note("log group\nis missing");
    expect(lines).toEqual(["rundeck-ssm: note: log group\\u000ais missing\n"]);
  });
});
