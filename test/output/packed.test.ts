import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Report } from "../../src/command/runner/report.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import {
  countPages,
  readFirstPage,
  readPage,
  readPlain,
  readPoll,
  unpack,
} from "../../src/output/packed.ts";
import type { Reply } from "../../src/output/packed.ts";

type Ended = Extract<Report, { kind: "ended" }>;

function ended(stdout: Buffer, stderr: Buffer): Ended {
  return {
    kind: "ended",
    ending: { kind: "exited", exitCode: 0 },
    delivery: { kind: "plain" },
    stdoutBytes: stdout.length,
    stderrBytes: stderr.length,
    sha256: createHash("sha256").update(stdout).update(stderr).digest("hex"),
    cut: [],
    incomplete: false,
  };
}

/** The account of a node without gzip. */
function raw(stdout: Buffer): Ended {
  const delivery = {
    kind: "packed",
    packBytes: stdout.length,
    isRaw: true,
  } as const;
  return { ...ended(stdout, Buffer.alloc(0)), delivery };
}

/** Pages as a node makes them: 17,700 bytes on stdout, 5,700 on stderr, and the agent's own words behind. */
function toReplies(pack: Buffer): [Reply, ...Reply[]] {
  const page = (from: number): Reply => ({
    stdout: `${pack.subarray(from, from + 17_700).toString("base64")}\n`,
    stderr: `${pack.subarray(from + 17_700, from + 23_400).toString("base64")}failed to run commands: exit status 3`,
  });
  const [first, rest] = [page(0), []] as [Reply, Reply[]];
  for (let from = 23_400; from < pack.length; from += 23_400) {
    rest.push(page(from));
  }
  const stdout = `[rundeck-ssm: what follows is packed]\n${first.stdout}[rundeck-ssm …]\n`;
  return [{ ...first, stdout }, ...rest];
}

function fetchAll(report: Ended, pack: Buffer, replies = toReplies(pack)) {
  expect(countPages(pack.length)).toBe(replies.length);
  const [first, ...rest] = replies;
  return unpack(report, [
    readFirstPage(pack.length, first),
    ...rest.map((reply, index) => readPage(pack.length, index + 1, reply)),
  ]);
}

test("a plain reply: the sizes tell where the agent's words begin", () => {
  const [stdout, stderr] = [Buffer.from("grüße"), Buffer.from("e\n\n")];
  const reply = {
    stdout: "grüße\n[rundeck-ssm …]\n",
    stderr: "e\n\nfailed to run commands: exit status 3",
  };
  expect(readPlain(ended(stdout, stderr), reply)).toEqual({ stdout, stderr });
});

test("whatever the bytes, they come back through pages", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }),
      (one, two) => {
        const [stdout, stderr] = [Buffer.from(one), Buffer.from(two)];
        const pack = gzipSync(Buffer.concat([stdout, stderr]));
        expect(fetchAll(ended(stdout, stderr), pack)).toEqual({
          stdout,
          stderr,
        });
      },
    ),
  );
});

test.each([1, 17_699, 17_700, 17_701, 23_399, 23_400, 23_401, 46_800, 46_801])(
  "a node without gzip: %i bytes",
  (size) => {
    const bytes = randomBytes(size);
    bytes[0] = 0;
    expect(fetchAll(raw(bytes), bytes).stdout.equals(bytes)).toBe(true);
  },
);

test.each([Buffer.from([0x1f, 0x8b, 8, 1, 2, 3]), gzipSync("hello\n")])(
  "a node without gzip, and output that is a gzip or begins like one",
  (bytes) => {
    expect(fetchAll(raw(bytes), bytes).stdout).toEqual(bytes);
  },
);

test.each([
  ["a page that is cut", 0, 100],
  ["a page that is empty", 0, 23_600],
])("%s is output-incomplete", (_title, from, to) => {
  const bytes = randomBytes(40_000);
  const replies = toReplies(bytes);
  const last = replies[1];
  if (last) last.stdout = last.stdout.slice(0, from) + last.stdout.slice(to);
  expect(() => fetchAll(ended(bytes, Buffer.alloc(0)), bytes, replies)).toThrow(
    BridgeError,
  );
});

test("one wrong byte is output-incomplete", () => {
  const [stdout, stderr] = [Buffer.from("hello"), Buffer.alloc(0)];
  const reply = { stdout: "hallo\n[rundeck-ssm …]", stderr: "" };
  expect(() => readPlain(ended(stdout, stderr), reply)).toThrow("SHA-256");
});

test("an output that unpacks to more than was announced is refused", () => {
  const report = ended(Buffer.from("a"), Buffer.alloc(0));
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  expect(() => fetchAll(report, bomb)).toThrow(BridgeError);
});

const runId = "0123456789abcdef01234567";

test("a poll's answer from a node without gzip", () => {
  const pack = gzipSync("hello\n");
  const line = `[rundeck-ssm ${runId} out=${pack.length} err=0 raw=1 ${pack.toString("base64")}]`;
  expect(readPoll(`${line}\n`, runId)).toEqual({
    kind: "news",
    captured: { stdout: pack, stderr: Buffer.alloc(0) },
  });
});

test("a poll's answer", () => {
  const pack = gzipSync("outerr").toString("base64");
  expect(
    readPoll(`[rundeck-ssm ${runId} out=3 err=3 ${pack}]\n`, runId),
  ).toEqual({
    kind: "news",
    captured: { stdout: Buffer.from("out"), stderr: Buffer.from("err") },
  });
  expect(readPoll(`[rundeck-ssm ${runId} over]\n`, runId)).toEqual({
    kind: "over",
  });
  expect(readPoll("", runId)).toBeUndefined();
  expect(readPoll(`[rundeck-ssm ${runId} out=3 err=3 H4s`, runId)).toBe(
    undefined,
  );
});
