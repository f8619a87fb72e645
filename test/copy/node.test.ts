import { describe, expect, it } from "vitest";
import { openNode } from "../../src/copy/node.ts";
import type { Node } from "../../src/copy/node.ts";
import { scriptWork } from "../../src/copy/run-script.ts";
import type { NodeOptions } from "../../src/copy/run-script.ts";
import type { Destination } from "../../src/copy/request.ts";
import { openTrail, parseCopyTrace } from "../../src/copy/trail.ts";
import { fakePorts, names, never } from "../support/ports.ts";
import { failure, made } from "../support/ssm.ts";

const copyId = "0123456789abcdef01234567";
const to: Destination = {
  platform: "unix",
  path: "/srv/f",
  fileName: "f",
  fileMode: "0600",
  copyId,
};
const options: NodeOptions = {
  instanceId: "i-1",
  target: "node n",
  to,
  executionTimeoutSeconds: 600,
  deliveryTimeoutSeconds: 300,
  comment: (runId) => `deploy [${runId}]`,
};
const work = scriptWork(to, "the script");
const said = (words: string) => `[rundeck-ssm ${copyId} ${words}]\n`;
const answered = (words: string) => ({ stdout: said(words) });
const removal = /answer removed\n'/;

/** What the scripts were that were sent. */
function textsOf(sent: { parameters: Record<string, string[]> }[]): string[] {
  return sent.map(({ parameters }) => parameters["commands"]?.join("\n") ?? "");
}

/** A node that is ended where a test leaves it. */
function ending(node: Node) {
  return {
    ...node,
    [Symbol.asyncDispose]: async () => void (await node.end()),
  };
}

describe("a script on a node", () => {
  it("is sent with the timeouts, and a run id of its own in the comment", async () => {
    const { ports, ssm } = fakePorts({ read: [answered("stored")] });
    const node = openNode(ports, options, never);
    await node.run(work, never);
    await node.run(work, never);
    expect(ssm.sent[0]).toMatchObject({
      instanceId: "i-1",
      documentName: "AWS-RunShellScript",
      parameters: { executionTimeout: ["600"] },
      deliveryTimeoutSeconds: 300,
    });
    expect(ssm.sent[0]?.comment).toMatch(/^deploy \[\d{24}\]$/);
    expect(ssm.sent[1]?.comment).not.toBe(ssm.sent[0]?.comment);
  });

  it.each([
    ["DeliveryTimedOut", "delivery-timeout", /300 s.*ssm-delivery-timeout/],
    ["ExecutionTimedOut", "execution-timeout", /600 s.*ssm-execution-timeout/],
    ["Undeliverable", "node-unreachable", /Undeliverable/],
    ["Terminated", "node-unreachable", /Terminated/],
    ["Cancelled", "cancelled", /cancelled in AWS/],
    ["AccessDenied", "access-denied", /ssm:SendCommand/],
    ["Failed", "transfer-failed", /without an answer \(exit code 127\)/],
  ])("that ends %s without an answer is %s", async (status, code, message) => {
    const { ports } = fakePorts({ read: [{ status, responseCode: 127 }] });
    const node = openNode(ports, options, never);
    await expect(node.run(work, never)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("that never ends is given up at its own deadline", async () => {
    const { ports, clock } = fakePorts({ read: [{ status: "InProgress" }] });
    const before = clock.now();
    const node = openNode(ports, options, never);
    await expect(node.run(work, never)).rejects.toMatchObject({
      code: "delivery-timeout",
    });
    expect(clock.now() - before).toBeLessThanOrEqual(960_000);
  });
});

describe("leaving a node", () => {
  it.each(["copied", "failed=write", "stuck cli=denied links="])(
    "sends nothing more after %s",
    async (words) => {
      const { ports, ssm } = fakePorts({ read: [answered(words)] });
      {
        await using node = ending(openNode(ports, options, never));
        await node.run(work, never);
      }
      expect(ssm.sent).toHaveLength(1);
    },
  );

  it.each([
    ["a refused send", { send: [failure("access-denied")] }],
    ["a send that never reached AWS", { send: [failure("aws-unreachable")] }],
    ["an undelivered command", { read: [{ status: "DeliveryTimedOut" }] }],
  ])("sends nothing more after %s", async (_, script) => {
    const { ports, ssm } = fakePorts(script);
    const leave = async () => {
      await using node = ending(openNode(ports, options, never));
      await node.run(work, never);
    };
    await expect(leave()).rejects.toThrow(/scripted|did not take/);
    expect(textsOf(ssm.sent).some((text) => removal.test(text))).toBe(false);
  });

  it("removes pieces that no last one has joined", async () => {
    const { ports, ssm, notes } = fakePorts({
      read: [answered("stored"), answered("removed")],
    });
    {
      await using node = ending(openNode(ports, options, never));
      await node.run(work, never);
    }
    expect(textsOf(ssm.sent)[1]).toMatch(removal);
    expect(notes).toEqual([]);
  });

  it("cancels what runs, and then removes what it left", async () => {
    const killed = new AbortController();
    const { ports, ssm, notes } = fakePorts({
      read: [
        made(() => {
          killed.abort(new Error("killed"));
          return { status: "InProgress" };
        }),
        { status: "Cancelled" },
        answered("removed"),
      ],
    });
    const leave = async () => {
      await using node = ending(openNode(ports, options, never));
      await node.run(work, killed.signal);
    };
    await expect(leave()).rejects.toThrow("killed");
    const changes = ssm.calls.filter((call) => call !== "read");
    expect(changes).toEqual(["send", "cancel", "send"]);
    expect(textsOf(ssm.sent)[1]).toMatch(removal);
    expect(notes).toEqual([]);
  });

  it("removes twice where a cancel is denied, since a piece may come after the first time", async () => {
    const killed = new AbortController();
    const { ports, ssm, notes } = fakePorts({
      cancel: [failure("access-denied")],
      read: [
        made(() => {
          killed.abort(new Error("killed"));
          return { status: "InProgress" };
        }),
        answered("removed"),
        { status: "Failed" },
        answered("removed"),
      ],
    });
    const leave = async () => {
      await using node = ending(openNode(ports, options, never));
      await node.run(work, killed.signal);
    };
    await expect(leave()).rejects.toThrow("killed");
    expect(textsOf(ssm.sent).filter((text) => removal.test(text))).toHaveLength(
      2,
    );
    expect(notes).toEqual([]);
  });

  it("says once what it could not remove", async () => {
    const { ports, notes } = fakePorts({
      read: [answered("stored"), { status: "Undeliverable" }],
    });
    {
      await using node = ending(openNode(ports, options, never));
      await node.run(work, never);
    }
    expect(notes).toEqual([
      expect.stringMatching(/^node n: .*\.rundeck-ssm-copy-\*/),
    ]);
  });
});

describe("a copy of a process that died", () => {
  const told = "c-7";
  const sought = "aaaaaaaaaaaaaaaaaaaaaaaa";

  it("tells each command before it is sent, and no longer when it has answered", async () => {
    const { ports, ssm } = fakePorts({ read: [answered("stored")] });
    const traces: unknown[] = [];
    const trail = openTrail(names, async (word) => {
      traces.push([parseCopyTrace(word).commands, ssm.sent.length]);
    });
    const node = openNode({ ...ports, trail }, options, never);
    await node.run(work, never);
    const runId = /[0-9]{24}/.exec(ssm.sent[0]?.comment ?? "")?.[0];
    expect(traces).toEqual([
      [[runId], 0],
      [["c-1"], 1],
      [[], 1],
    ]);
  });

  it("is cancelled where it runs, found where that is not known, and its private files removed", async () => {
    const { ports, ssm } = fakePorts({
      find: ["c-8"],
      read: [
        { status: "Cancelled" },
        { status: "Cancelled" },
        answered("removed"),
      ],
    });
    const node = openNode(ports, options, never);
    await node.takeOver([told, sought]);
    expect(ssm.calls.slice(0, 3).toSorted()).toEqual([
      "cancel",
      "cancel",
      "find",
    ]);
    expect(textsOf(ssm.sent)).toEqual([expect.stringMatching(removal)]);
    expect(await node.end()).toBe("ended");
    expect(ssm.sent).toHaveLength(1);
  });

  it("is not done again where nobody can tell whether its command runs", async () => {
    const { ports, ssm } = fakePorts({ find: [failure("access-denied")] });
    const node = openNode(ports, options, never);
    await expect(node.takeOver([sought])).rejects.toMatchObject({
      message: expect.stringMatching(/may be running/),
    });
    expect(ssm.sent).toEqual([]);
  });

  it("is removed once more at the end where its command's end was not confirmed", async () => {
    const { ports, ssm } = fakePorts({
      cancel: [failure("access-denied")],
      read: [{ status: "InProgress" }],
    });
    const node = openNode(ports, options, never);
    await node.takeOver([told]);
    const before = ssm.sent.length;
    expect(await node.end()).toBe("unconfirmed");
    expect(ssm.sent.length).toBeGreaterThan(before);
  });
});
