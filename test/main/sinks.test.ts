import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { openLog } from "../../src/main/log.ts";
import { openSink } from "../../src/main/sinks.ts";

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
    pipe.emit("error", new Error("EPIPE"));
    pipe.emit("error", new Error("EPIPE"));
    await sink.write(Buffer.from("x"));
    expect([told, sink.isOpen(), pipe.read()]).toEqual([1, false, null]);
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
