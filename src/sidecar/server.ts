import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import * as frames from "./frames.ts";
import type { Greeting } from "./frames.ts";
import { readLines } from "./lines.ts";
import { serveClient } from "./session.ts";
import type { Work } from "./session.ts";

/** A client, and what it wants to have done. */
export type Guest = Extract<Greeting, { pid: number }>;

export type Host = {
  /** What a client's execution is; undefined refuses it. Called while the client waits: it is alive. */
  admit(guest: Guest): Work | undefined;
  /** The answer to a question about ourselves, one line. */
  answer(question: "status" | "stop"): string;
  /** Somebody has asked for our end, and has the answer. */
  onStop(): void;
  /** The number of clients has changed. */
  onClients(count: number): void;
};

export type Listening = {
  port: number;
  clientToken: string;
  serverToken: string;
  /** No new clients; those that are here go on. */
  close(): void;
};

/** Whoever says nothing that we understand within this time goes. */
const greetingLimitMs = 10_000;

/** Listens on loopback. Only who knows our token, which lies where our own user alone reads it, is heard. */
export async function listen(host: Host): Promise<Listening> {
  const clientToken = newToken();
  const serverToken = newToken();
  let clients = 0;
  const count = (by: number) => host.onClients((clients += by));
  const server = createServer({ allowHalfOpen: false, noDelay: true });
  server.on("connection", (socket) => {
    const lines = readLines(socket);
    const late = setTimeout(() => socket.destroy(), greetingLimitMs);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => clearTimeout(late));
    lines((line) => {
      const greeting = frames.parseGreeting(line);
      if (!greeting || !isSame(greeting.token, clientToken)) {
        socket.destroy();
        return;
      }
      if (greeting.kind === "status" || greeting.kind === "stop") {
        const answer = host.answer(greeting.kind);
        socket.end(`${serverToken} ${answer}\n`, () => {
          if (greeting.kind === "stop") host.onStop();
        });
        return;
      }
      const work = host.admit(greeting);
      if (!work) {
        socket.end(frames.refusal);
        return;
      }
      lines((word) => {
        if (frames.parseWord(word)?.kind !== "go") return;
        clearTimeout(late);
        count(1);
        void serveClient(socket, lines, greeting.hasOneOutput, work)
          // whoever waits for its end takes the run over
          .catch(() => socket.destroy())
          .finally(() => count(-1));
      });
      socket.write(frames.acceptance(serverToken));
    });
  });
  const port = await bind(server);
  return { port, clientToken, serverToken, close: () => void server.close() };
}

function bind(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1_024 }, () => {
      const address = server.address();
      if (isAddressInfo(address)) resolve(address.port);
      else reject(new Error("no port"));
    });
  });
}

function isAddressInfo(
  address: AddressInfo | string | null,
): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

function newToken(): string {
  return randomBytes(16).toString("hex");
}

function isSame(said: string, token: string): boolean {
  const [a, b] = [Buffer.from(said), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
