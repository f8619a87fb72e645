import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readLines } from "../../src/sidecar/lines.ts";
import { serveClient } from "../../src/sidecar/session.ts";
import type { Client, Work } from "../../src/sidecar/session.ts";

const opened: { close(): void }[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const each of opened.splice(0)) each.close();
});

/** A client at the other end of a real connection, which says what it is told to and keeps what it hears. */
async function connected(work: Work, hasOneOutput = false) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const taking = new Promise<Socket>((resolve) =>
    server.once("connection", resolve),
  );
  const client = connect(port, "127.0.0.1");
  const socket = await taking;
  let text = "";
  const looking: (() => void)[] = [];
  client.on("data", (bytes) => {
    text += bytes.toString("latin1");
    for (const look of looking) look();
  });
  const heard = (wanted: RegExp) =>
    new Promise<string>((resolve) => {
      const look = () => {
        if (wanted.test(text)) resolve(text);
      };
      looking.push(look);
      look();
    });
  const closed = new Promise<string>((resolve) =>
    client.once("close", () => resolve(text)),
  );
  const left = new Promise<void>((resolve) => socket.once("close", resolve));
  const served = serveClient(socket, readLines(socket), hasOneOutput, work);
  opened.push({ close: () => (client.destroy(), server.close()) });
  return {
    say: (line: string) => void client.write(`${line}\n`),
    leave: () => void client.destroy(),
    heard,
    closed,
    served,
    /** Its leaving has been seen. */
    left,
  };
}

const aborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) =>
    signal.addEventListener("abort", () => resolve(signal.reason)),
  );

describe("a run for a client", () => {
  it("gives its bytes, its trace and its end in this order", async () => {
    const { say, heard, closed } = await connected(async (client) => {
      await client.trace("run:command");
      await client.stdout.write(Buffer.from("hello\n"));
      await client.stderr.writeLine("a line of ours\n");
      await client.stderr.write(Buffer.from("oh\n"));
      return 3;
    });
    await heard(/hello/);
    say("R");
    await heard(/ours/);
    say("R");
    await heard(/oh/);
    say("R");
    expect(await closed).toBe(
      "T run:command\no 6 6\nhello\ne 15 0\na line of ours\ne 3 3\noh\nX 3\n",
    );
  });

  it("counts as handed on what the client has printed, no sooner", async () => {
    let written = false;
    const { say, heard } = await connected(async (client) => {
      await client.stdout.write(Buffer.from("hello\n"));
      written = true;
      return 0;
    });
    await heard(/hello/);
    expect(written).toBe(false);
    say("R");
    await heard(/X 0/);
    expect(written).toBe(true);
  });

  it("has two blocks under way, not all of a large output", async () => {
    const { say, heard } = await connected(async (client) => {
      await client.stdout.write(Buffer.alloc(100 * 65_536, "x"));
      return 0;
    });
    const text = await heard(/(?:o 65536[^o]*){2}/);
    expect(text.match(/o 65536/g)).toHaveLength(2);
    for (let block = 0; block < 100; block += 1) say("R");
    const all = await heard(/X 0/);
    expect(all.match(/o 65536/g)).toHaveLength(100);
  });

  it("begins a line of ours on a line of its own", async () => {
    const { say, closed } = await connected(async (client) => {
      void client.stderr.write(Buffer.from("no newline"));
      void client.stderr.writeLine("ours\n");
      return 0;
    });
    say("R\nR");
    expect(await closed).toBe("e 10 10\nno newlinee 6 10\n\nours\nH\nX 0\n");
  });

  it("begins a line of ours on a line of its own also behind the other output, where both end in one place", async () => {
    const { say, closed } = await connected(async (client) => {
      void client.stdout.write(Buffer.from("no newline"));
      void client.stderr.writeLine("ours\n");
      return 0;
    }, true);
    say("R\nR");
    expect(await closed).toBe("o 10 10\nno newlinee 6 0\n\nours\nH\nX 0\n");
  });

  it("that has ended is not killed by its client's leaving", async () => {
    let signal: AbortSignal | undefined;
    const { left, served } = await connected(async (client) => {
      signal = client.signal;
      return 0;
    });
    await served;
    await left;
    expect(signal?.aborted).toBe(false);
  });

  it("that has to be done by a process of its own says so", async () => {
    const { closed } = await connected(async () => "direct");
    expect(await closed).toBe("D\n");
  });
});

describe("a kill", () => {
  it("is answered at once, and reaches the run", async () => {
    const { say, heard, closed } = await connected(async ({ signal }) => {
      expect(await aborted(signal)).toBe("killed");
      return 143;
    });
    say("K");
    await heard(/H/);
    expect(await closed).toBe("H\nX 143\n");
  });

  it("is under way for a while: the client hears each second that somebody is there, and for how long", async () => {
    let end: (code: number) => void = () => undefined;
    const { say, heard, closed } = await connected(
      () => new Promise((resolve) => (end = resolve)),
    );
    say("K");
    await heard(/^H\nB 1\nB 2\n/);
    end(143);
    expect(await closed).toMatch(/X 143\n$/);
  });

  it("that comes after the run's end counts nothing, to nobody", async () => {
    const { say, heard, closed, served } = await connected(async (client) => {
      void client.stderr.writeLine("a line\n");
      return 143;
    });
    await heard(/a line/);
    vi.useFakeTimers({ toFake: ["setInterval"] });
    say("K");
    await heard(/H/);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    say("R");
    await served;
    expect(await closed).toMatch(/X 143\n$/);
  });

  it("is what the loss of a client means", async () => {
    const reasons: unknown[] = [];
    const { leave, served } = await connected(async ({ signal }) => {
      reasons.push(await aborted(signal));
      return 143;
    });
    leave();
    await served;
    expect(reasons).toEqual(["closed"]);
  });

  it("waits for no reader that takes nothing, and is told all the same", async () => {
    const { say, closed } = await connected(async (client) => {
      void client.stdout.write(Buffer.alloc(20 * 65_536, "x"));
      await aborted(client.signal);
      void client.stderr.writeLine("killed\n");
      return 143;
    });
    say("K");
    const heard = await closed;
    expect(heard.match(/o 65536/g)).toHaveLength(2);
    expect(heard).toMatch(/\ne 7 0\nkilled\nX 143\n$/);
  });
});

describe("an output that takes nothing", () => {
  const complain = (reason: string) =>
    `a.sh: line 1: printf: write error: ${reason}`;
  const write = async (client: Client) => {
    await client.stdout.write(Buffer.from("hello\n"));
    await client.stdout.write(Buffer.from("more\n"));
    return client.stdout.failure() === undefined ? 0 : 74;
  };

  it("because its disk is full is a failure by Node's name, and gets nothing more", async () => {
    let failure: string | undefined;
    const { say, heard, closed } = await connected(async (client) => {
      const code = await write(client);
      failure = client.stdout.failure();
      return code;
    });
    await heard(/hello/);
    say(`${complain("No space left on device")}\nW 1\nR`);
    expect(await closed).toBe("o 6 6\nhello\nX 74\n");
    expect(failure).toBe("ENOSPC");
  });

  it("because its reader has gone ends the run", async () => {
    const { say, heard, closed } = await connected(async (client) => {
      await write(client);
      expect(client.signal.reason).toBe("closed");
      expect(client.stdout.isOpen()).toBe(false);
      return 143;
    });
    await heard(/hello/);
    say(`${complain("Broken pipe")}\nW 1\nR`);
    expect(await closed).toBe("o 6 6\nhello\nX 143\n");
  });
});
