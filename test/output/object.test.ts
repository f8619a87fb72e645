import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { fakeClock } from "../support/clock.ts";
import { describe, expect, it } from "vitest";
import type { Ended } from "../../src/command/runner/report.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import { openDelivery } from "../../src/output/delivery.ts";
import { deliverObject } from "../../src/output/object.ts";

const stdout = Buffer.from("out ".repeat(50_000));
const stderr = Buffer.from("err ".repeat(30_000));
const whole = Buffer.concat([stdout, stderr]);

function report(packBytes: number, more: Partial<Ended> = {}): Ended {
  return {
    kind: "ended",
    ending: { kind: "exited", exitCode: 0 },
    delivery: { kind: "packed", packBytes },
    stdoutBytes: stdout.length,
    stderrBytes: stderr.length,
    sha256: createHash("sha256").update(whole).digest("hex"),
    cut: [],
    incomplete: false,
    ...more,
  };
}

/** An object that comes in small pieces. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1_009)
    yield bytes.subarray(at, at + 1_009);
}

async function deliver(
  account: Ended,
  object: Buffer,
  before: { stdout?: Buffer; stderr?: Buffer } = {},
) {
  const got = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const delivery = openDelivery(async (stream, bytes) => {
    got[stream] = Buffer.concat([got[stream], bytes]);
  }, fakeClock());
  await delivery.write("stdout", before.stdout ?? Buffer.alloc(0));
  await delivery.write("stderr", before.stderr ?? Buffer.alloc(0));
  await deliverObject(account, pieces(object), delivery);
  return got;
}

const pack = gzipSync(whole);

describe("an output in an object", () => {
  it("is delivered stream by stream", async () => {
    expect(await deliver(report(pack.length), pack)).toEqual({
      stdout,
      stderr,
    });
  });

  it("is delivered as it is where the node has no gzip", async () => {
    const raw = {
      delivery: { kind: "packed", packBytes: whole.length, isRaw: true },
    } as const;
    const account = report(whole.length, raw);
    expect(await deliver(account, whole)).toEqual({ stdout, stderr });
  });

  it.each([
    ["a part of stdout", { stdout: stdout.subarray(0, 77_777) }],
    ["all of stdout", { stdout }],
    ["parts of both", { stdout, stderr: stderr.subarray(0, 12_345) }],
    ["all of both", { stdout, stderr }],
  ])("is delivered once where %s has been before", async (_, before) => {
    expect(await deliver(report(pack.length), pack, before)).toEqual({
      stdout,
      stderr,
    });
  });

  it("fails by what the reading failed by, which may pass", async () => {
    const broken = new BridgeError("aws-unreachable", "the connection broke");
    async function* half(): AsyncGenerator<Buffer> {
      yield pack.subarray(0, pack.length / 2);
      throw broken;
    }
    const delivery = openDelivery(async () => undefined, fakeClock());
    const delivering = deliverObject(report(pack.length), half(), delivery);
    await expect(delivering).rejects.toBe(broken);
  });

  it.each([
    ["cut off", report(pack.length), pack.subarray(0, pack.length - 9)],
    ["no gzip", report(pack.length), Buffer.from("nothing of the kind")],
    ["empty", report(pack.length), Buffer.alloc(0)],
    ["another's", report(whole.length), Buffer.alloc(whole.length)],
    ["short", report(whole.length, { stdoutBytes: stdout.length + 1 }), whole],
  ])("is not believed when it is %s", async (_, account, object) => {
    await expect(deliver(account, object)).rejects.toMatchObject({
      code: "output-incomplete",
    });
  });
});
