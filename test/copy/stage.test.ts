import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { Source } from "../../src/copy/source.ts";
import { openTrail, parseCopyTrace } from "../../src/copy/trail.ts";
import { discardLeft, stageObject } from "../../src/copy/stage.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import { fakeClock } from "../support/clock.ts";
import { fakeObjects } from "../support/objects.ts";
import type { Troubles } from "../support/objects.ts";
import {
  call as quiet,
  endingWith,
  names,
  never,
  subject,
  unending,
} from "../support/ports.ts";
import { failure } from "../support/ssm.ts";

const small = randomBytes(10_000);
/** Three parts. */
const large = randomBytes(20 * 1024 * 1024);

function source(content: Buffer, claimedBytes = content.length): Source {
  return {
    bytes: claimedBytes,
    read: async (into, at) => {
      if (content.copy(into, 0, at) < into.length)
        throw failure("transfer-failed");
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function open(troubles: Troubles = {}) {
  const bucket = fakeObjects(troubles);
  const notes: string[] = [];
  const aborting = new AbortController();
  const clock = fakeClock();
  const ports = {
    clock,
    log: { note: (text: string) => void notes.push(text) },
    random: () => 0.5,
    subject,
    objects: bucket.port,
    trail: openTrail(names),
  };
  const stage = (content: Buffer, of: Source = source(content)) =>
    stageObject(
      ports,
      { key: "k", bucket: "b", target: "node n" },
      { source: of, content: undefined },
      endingWith(aborting.signal),
    );
  return { ...bucket, ports, notes, stage, aborting, clock };
}

const denied = () => failure("access-denied");
const throttled = () => failure("aws-throttled");

describe("a staged object", () => {
  it.each([
    ["small", small],
    ["large", large],
    ["empty", Buffer.alloc(0)],
  ])(
    "holds a %s file while it is needed, and goes afterwards",
    async (_, content) => {
      const { stage, objects, uploads } = open();
      {
        await using staged = await stage(content);
        expect(objects.get("k")?.equals(content)).toBe(true);
        expect(staged).toMatchObject({
          bucket: "b",
          key: "k",
          region: "eu-west-1",
          sha256: createHash("sha256").update(content).digest("hex"),
        });
      }
      expect(objects.size + uploads.size).toBe(0);
    },
  );

  it("is put again after throttling, 5xx and lost answers", async () => {
    const { stage, objects } = open({
      put: [throttled(), failure("aws-failing"), "lost"],
    });
    await using staged = await stage(small);
    expect(staged.key).toBe("k");
    expect(objects.get("k")?.equals(small)).toBe(true);
  });

  it("sends single parts again, in their order", async () => {
    const { stage, objects } = open({
      putPart: ["lost", throttled(), throttled()],
      startUpload: [throttled()],
      completeUpload: [throttled()],
    });
    await using staged = await stage(large);
    expect(staged.key).toBe("k");
    expect(objects.get("k")?.equals(large)).toBe(true);
  });

  it("is given up after three minutes without any success", async () => {
    const { stage, clock } = open({
      put: Array.from({ length: 1_000 }, throttled),
    });
    const before = clock.now();
    await expect(stage(small)).rejects.toMatchObject({ code: "aws-throttled" });
    expect(clock.now() - before).toBeGreaterThan(60_000);
    expect(clock.now() - before).toBeLessThan(200_000);
  });

  it("is not asked for twice when it is denied", async () => {
    const { stage, calls, notes } = open({ put: [denied()] });
    await expect(stage(small)).rejects.toMatchObject({ code: "access-denied" });
    expect(calls).toEqual(["put"]);
    expect(notes).toEqual([]);
  });

  it.each([
    ["small", small, { put: ["lost" as const, denied()] }],
    ["large", large, { completeUpload: ["lost" as const, denied()] }],
    [
      "large",
      large,
      {
        completeUpload: [
          "lost" as const,
          ...Array.from({ length: 1_000 }, throttled),
        ],
      },
    ],
  ])(
    "of a %s file is removed where the answer was lost and the repeat refused",
    async (_, content, troubles) => {
      const { stage, objects, uploads, notes } = open(troubles);
      await expect(stage(content)).rejects.toBeInstanceOf(BridgeError);
      expect(objects.size + uploads.size).toBe(0);
      expect(notes).toEqual([]);
    },
  );

  it("is overwritten with nothing where it may not be removed", async () => {
    const { stage, objects, notes } = open({ remove: [denied()] });
    await (await stage(small))[Symbol.asyncDispose]();
    expect(objects.get("k")).toEqual(Buffer.alloc(0));
    expect(notes).toEqual([]);
  });

  it("is told of once where it may not be overwritten either", async () => {
    const { stage, objects, notes } = open({
      remove: [denied()],
      put: ["none", denied()],
    });
    await (await stage(small))[Symbol.asyncDispose]();
    expect(objects.has("k")).toBe(true);
    expect(notes).toEqual([
      expect.stringMatching(/^node a .*: s3:\/\/b\/k .*s3:DeleteObject/),
    ]);
  });

  it("goes though removing it fails for a while", async () => {
    const { stage, objects, notes } = open({
      remove: [throttled(), failure("aws-failing"), "lost"],
    });
    await (await stage(small))[Symbol.asyncDispose]();
    expect(objects.size).toBe(0);
    expect(notes).toEqual([]);
  });

  it("does not come of a file that shrinks meanwhile", async () => {
    const { stage, objects, uploads } = open();
    await expect(
      stage(large, source(large.subarray(0, 18_000_000), large.length)),
    ).rejects.toMatchObject({ code: "transfer-failed" });
    expect(objects.size + uploads.size).toBe(0);
  });
});

describe("an upload that fails", () => {
  it("is aborted", async () => {
    const { stage, uploads, objects } = open({ putPart: [denied()] });
    await expect(stage(large)).rejects.toMatchObject({ code: "access-denied" });
    expect(objects.size + uploads.size).toBe(0);
  });

  it.each([
    ["some parts", ["none" as const, denied()]],
    ["no part", [denied()]],
  ])(
    "is completed with %s and removed, where it may not be aborted",
    async (_, trouble) => {
      const { stage, uploads, objects, notes } = open({
        putPart: trouble,
        abortUpload: [denied()],
      });
      await expect(stage(large)).rejects.toBeInstanceOf(BridgeError);
      expect(objects.size + uploads.size).toBe(0);
      expect(notes).toEqual([]);
    },
  );

  it("is told of where nothing helps", async () => {
    const { stage, notes } = open({
      putPart: [denied()],
      abortUpload: [denied()],
      completeUpload: [denied()],
    });
    await expect(stage(large)).rejects.toMatchObject({ code: "access-denied" });
    expect(notes).toEqual([
      expect.stringMatching(/s3:\/\/b\/k could not be aborted.*lifecycle/),
    ]);
  });
});

describe("a kill", () => {
  it("before the put has answered removes what it put", async () => {
    const { stage, objects, port, aborting, notes } = open();
    const put = port.put;
    port.put = async (key, body, call) => {
      const replaced = await put(key, body, call);
      aborting.abort(new Error("killed"));
      return replaced;
    };
    await expect(stage(small)).rejects.toThrow("killed");
    expect(objects.size).toBe(0);
    expect(notes).toEqual([]);
  });

  it("says so where S3 has not answered when it hangs up", async () => {
    const { stage, objects, port, aborting, notes, clock } = open();
    clock.deadline = () => AbortSignal.timeout(1);
    const put = port.put;
    let late: () => Promise<unknown> = async () => undefined;
    port.put = async (key, body, call) => {
      call.onSent?.();
      const hungUp = once(call.signal, "abort");
      aborting.abort(new Error("killed"));
      await hungUp;
      late = () => put(key, body, quiet);
      throw call.signal.reason;
    };
    await expect(stage(small)).rejects.toThrow("killed");
    expect(objects.size).toBe(0);
    await late();
    expect(objects.size).toBe(1);
    expect(notes).toEqual([
      expect.stringMatching(/s3:\/\/b\/k may still come to hold the file/),
    ]);
  });

  it("among the parts aborts the upload", async () => {
    const { stage, objects, uploads, port, aborting } = open();
    const putPart = port.putPart;
    port.putPart = async (part, call) => {
      if (part.number === 2) aborting.abort(new Error("killed"));
      call.signal.throwIfAborted();
      return putPart(part, call);
    };
    await expect(stage(large)).rejects.toThrow("killed");
    expect(objects.size + uploads.size).toBe(0);
  });
});

describe("what the copy of a process that died has left in a bucket", () => {
  const left = { key: "k", bucket: "b", target: "node n" };

  it("is told before it can be there", async () => {
    const { port, ports, calls } = open();
    const told: unknown[] = [];
    const trail = openTrail(names, async (word) => {
      told.push([parseCopyTrace(word).object, [...calls]]);
    });
    await using _ = await stageObject(
      { ...ports, objects: port, trail },
      left,
      { source: source(large), content: undefined },
      unending,
    );
    const name = names.objectName;
    expect(told).toEqual([
      [{ name }, []],
      [{ name, uploadId: "k" }, ["startUpload"]],
    ]);
  });

  it("is an object: it is removed", async () => {
    const { port, ports, objects } = open();
    objects.set("k", small);
    await discardLeft({ ...ports, objects: port }, left, never);
    expect(objects.size).toBe(0);
  });

  it.each([
    ["is aborted", {}],
    [
      "is completed and removed where it may not be aborted",
      { abortUpload: [denied()] },
    ],
  ])("is an upload: it %s", async (_, troubles) => {
    const { port, ports, objects, uploads, notes } = open(troubles);
    uploads.set("k", new Map([[1, small]]));
    const what = { ...left, uploadId: "k" };
    await discardLeft({ ...ports, objects: port }, what, never);
    expect(objects.size + uploads.size).toBe(0);
    expect(notes).toEqual([]);
  });
});
