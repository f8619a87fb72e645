import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leavePlain, packContent } from "../../src/copy/pack.ts";
import { mayGoInline, planDetour, planTransfer } from "../../src/copy/plan.ts";
import type { TransferPlan, TransferSettings } from "../../src/copy/plan.ts";
import type { Destination } from "../../src/copy/request.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import { runs } from "../support/fuzz.ts";

const to: Destination = {
  platform: "unix",
  path: "/srv/app",
  fileName: "app",
  fileMode: "0600",
  copyId: "0123456789abcdef01234567",
};

function settings(more: Partial<TransferSettings> = {}): TransferSettings {
  return { sources: new Map(), ...more };
}

async function plan(
  content: Buffer,
  wanted: TransferSettings,
  where: Destination = to,
): Promise<TransferPlan> {
  const packed = mayGoInline(wanted, content.length)
    ? await packContent(content)
    : undefined;
  return planTransfer(wanted, where, {
    bytes: content.length,
    target: "node n",
    ...(packed ? { packed } : {}),
  });
}

const random = (bytes: number) => randomBytes(bytes);
const bucket = "b";

describe("planTransfer", () => {
  it.each([
    ["an empty file", Buffer.alloc(0), {}, 1],
    ["a byte", Buffer.from("x"), {}, 1],
    ["a script of 4 kB", Buffer.from("echo deployed\n".repeat(290)), {}, 1],
    ["20 kB of noise", random(20_000), {}, 1],
    ["20 kB of noise, with a bucket", random(20_000), { bucket }, 1],
    ["1 MB of text", Buffer.from("INFO all is well\n".repeat(60_000)), {}, 1],
    ["200 kB of noise", random(200_000), {}, 8],
    [
      "1 MB of noise as the user wants",
      random(1e6),
      { inlineLimitBytes: 2e6 },
      35,
    ],
  ])("sends %s inside commands", async (_, content, more, atMost) => {
    const planned = await plan(content, settings(more));
    expect(planned.kind).toBe("inline");
    const sends = planned.kind === "inline" ? planned.texts.length : 0;
    expect(sends).toBeGreaterThan(0);
    expect(sends).toBeLessThanOrEqual(atMost);
  });

  it.each([
    ["what needs several commands", random(100_000), { bucket }],
    ["what is over the limit", random(100), { bucket, inlineLimitBytes: 99 }],
    [
      "everything with a limit of 0",
      Buffer.alloc(0),
      { bucket, inlineLimitBytes: 0 },
    ],
    [
      "a limit's file that needs too many commands",
      random(4e6),
      { bucket, inlineLimitBytes: 1e9 },
    ],
  ])("sends %s through the bucket", async (_, content, more) => {
    expect(await plan(content, settings(more))).toEqual({
      kind: "bucket",
      bucket,
    });
  });

  it.each([
    ["500 kB of noise", random(500_000), {}],
    ["what is over the limit", random(100), { inlineLimitBytes: 99 }],
    ["anything with a limit of 0", Buffer.alloc(0), { inlineLimitBytes: 0 }],
  ])(
    "refuses %s without a bucket, naming the setting",
    async (_, content, more) => {
      const refusal = await plan(content, settings(more)).catch(
        (error: unknown) => error,
      );
      expect(refusal).toBeInstanceOf(BridgeError);
      expect(refusal).toMatchObject({
        code: "setting-missing",
        message: expect.stringMatching(
          new RegExp(
            `^node n: the file has ${content.length} bytes.*ssm-copier-bucket.*node attribute.*project\\..*framework\\.`,
          ),
        ),
      });
    },
  );

  it("names a limit with its layer", async () => {
    const limited = settings({
      inlineLimitBytes: 99,
      sources: new Map([["ssm-copier-inline-limit", "project.x"]]),
    });
    await expect(plan(random(100), limited)).rejects.toThrow(
      /ssm-copier-inline-limit \(99, project\.x\)/,
    );
  });

  it("says of a node that unpacks nothing that this is why the file is too large", () => {
    const content = random(2_000_000);
    const file = { bytes: content.length, target: "node n", mustBePlain: true };
    expect(() =>
      planTransfer(settings(), to, { ...file, packed: leavePlain(content) }),
    ).toThrow(
      /^node n: the file has 2000000 bytes, more than 10 commands take uncompressed \(the node has no gzip, python3 or perl to unpack it\), and no bucket/,
    );
  });

  it("keeps every send far from 64 kB, and loses no byte, whatever the destination", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200_000 }),
        fc.string({ unit: "grapheme", maxLength: 1_000 }),
        async (bytes, name) => {
          const content = Buffer.concat([bytes, random(100_000)]);
          const where = { ...to, path: `/srv/${name.replaceAll("\0", "")}` };
          const planned = await plan(content, settings(), where);
          if (planned.kind !== "inline") throw new Error("no bucket is set");
          for (const text of planned.texts) {
            const sent = { commands: text.split("\n") };
            expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThan(
              48_000,
            );
          }
          const pieces = planned.texts.map((text) =>
            Buffer.from(
              /printf %s '([^']*)'; }/.exec(text)?.[1] ?? "",
              "base64",
            ),
          );
          const joined = Buffer.concat(pieces);
          const isZipped = planned.texts.at(-1)?.includes("packing=gzip");
          const whole = isZipped ? gunzipSync(joined) : joined;
          expect(whole.equals(content)).toBe(true);
        },
      ),
      { numRuns: runs(20) },
    );
  });
});

describe("planDetour", () => {
  it("takes some commands, not many", async () => {
    const some = planDetour(to, await packContent(random(200_000)));
    expect(some?.texts.length).toBeGreaterThan(1);
    expect(planDetour(to, await packContent(random(500_000)))).toBeUndefined();
  });
});
