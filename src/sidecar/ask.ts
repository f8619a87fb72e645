import { lstatSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import * as z from "zod/mini";
import { readAddress } from "./port-file.ts";
import type { Address } from "./port-file.ts";
import { isStopped, startOf } from "./proc.ts";
import { statusForm } from "./status.ts";
import type { Status } from "./status.ts";

/** A sidecar of this user's, and what it says. */
export type Asked =
  | { state: "answers"; status: Status }
  | { state: "stopped" | "silent"; pid: number; serverPid: number };

type Found = { address: Address; serverPid: number };

/** A sidecar answers at once, also one that has much to do. */
const answerLimitMs = 3_000;

/**
 * Asks every living sidecar below `base`, or one server's, all at once. What a dead one has left counts for nothing.
 */
export function askAll(
  base: string,
  question: "status" | "stop",
  serverPid?: number,
): Promise<Asked[]> {
  const wanted = findAll(base).filter(
    (found) => serverPid === undefined || found.serverPid === serverPid,
  );
  return Promise.all(wanted.map((found) => ask(found, question)));
}

function findAll(base: string): Found[] {
  return listFolders(base).flatMap((name): Found[] => {
    const serverPid = /-(\d+)$/.exec(name)?.[1];
    const address = readAddress(path.join(base, name));
    if (serverPid === undefined || !address) return [];
    if (startOf(address.pid) !== address.start) return [];
    return [{ address, serverPid: Number(serverPid) }];
  });
}

/** Only where nobody else can have put something. */
function listFolders(base: string): string[] {
  try {
    const found = lstatSync(base);
    const isOurs = found.isDirectory() && found.uid === process.getuid?.();
    return isOurs ? readdirSync(base).toSorted() : [];
  } catch {
    return []; // nobody has started one yet
  }
}

async function ask(
  { address, serverPid }: Found,
  question: "status" | "stop",
): Promise<Asked> {
  const answer = await converse(address, question);
  const status = answer === undefined ? undefined : parseAnswer(answer);
  if (status) return { state: "answers", status };
  const state = isStopped(address.pid) ? "stopped" : "silent";
  return { state, pid: address.pid, serverPid };
}

/** What follows the word that only the sidecar can know. */
function converse(
  { port, clientToken, serverToken }: Address,
  question: "status" | "stop",
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(`${clientToken} - ${question}\n`),
    );
    const late = setTimeout(() => socket.destroy(), answerLimitMs);
    socket.on("data", (bytes) => (text += bytes.toString()));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(late);
      const [, said] = text.split(`${serverToken} `);
      resolve(text.startsWith(serverToken) ? said : undefined);
    });
  });
}

function parseAnswer(text: string): Status | undefined {
  try {
    return z.parse(statusForm, JSON.parse(text));
  } catch {
    return undefined; // of a version that says other things
  }
}
