import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openDelivery } from "../../src/output/delivery.ts";

const printed = { stdoutBytes: 5, stderrBytes: 2 };

function open() {
  const texts = { stdout: "", stderr: "" };
  const delivery = openDelivery(
    async (stream, bytes) => {
      texts[stream] += Buffer.from(bytes).toString();
    },
    { now: () => 0 },
    printed,
  );
  return { delivery, texts };
}

describe("the delivery of a run that is gone on with", () => {
  it("hands on only what was not handed on before, and counts and proves all of it", async () => {
    const { delivery, texts } = open();
    for (const part of ["abc", "defg", "hi"])
      await delivery.write("stdout", Buffer.from(part));
    await delivery.write("stderr", Buffer.from("xyz"));
    expect(texts).toEqual({ stdout: "fghi", stderr: "z" });
    expect(delivery.delivered).toEqual({ stdout: 9, stderr: 3 });
    const sum = createHash("sha256").update("abcdefghixyz").digest("hex");
    expect(delivery.digest()).toBe(sum);
  });

  it("goes on from where it is with what is here from its first byte", async () => {
    const { delivery, texts } = open();
    await delivery.write("stdout", Buffer.from("abcdef"));
    await delivery.writeRest({
      stdout: Buffer.from("abcdefgh"),
      stderr: Buffer.from("x"),
    });
    expect(texts).toEqual({ stdout: "fgh", stderr: "" });
    expect(delivery.delivered).toEqual({ stdout: 8, stderr: 1 });
  });

  it.each([
    [true, { stdoutBytes: 5, stderrBytes: 2 }],
    [true, { stdoutBytes: 4, stderrBytes: 0 }],
    [false, { stdoutBytes: 6, stderrBytes: 2 }],
    [false, { stdoutBytes: 5, stderrBytes: 3 }],
  ])("passes over what was handed on before (%s): %o", (isAll, sizes) => {
    const { delivery } = open();
    expect(delivery.passOver(sizes)).toBe(isAll);
    const counted = isAll
      ? { stdout: sizes.stdoutBytes, stderr: sizes.stderrBytes }
      : { stdout: 0, stderr: 0 };
    expect(delivery.delivered).toEqual(counted);
    expect(delivery.digest() === undefined).toBe(isAll);
  });

  it("passes over nothing, not even no output, of a run that is its own", () => {
    const delivery = openDelivery(async () => undefined, { now: () => 0 });
    expect(delivery.passOver({ stdoutBytes: 0, stderrBytes: 0 })).toBe(false);
  });
});
