import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askAll } from "../../src/sidecar/ask.ts";
import { startOf } from "../../src/sidecar/proc.ts";
import { listen } from "../../src/sidecar/server.ts";
import { busyStatus } from "../support/status.ts";

let base: string;
let ends: (() => void)[] = [];
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), "ask-"));
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
  rmSync(base, { recursive: true, force: true });
});

const { pid } = process;

/** Leaves a sidecar's address, by default this very process's. */
function leave(folder: string, words: (string | number)[]): void {
  mkdirSync(path.join(base, folder));
  const text = `${words.join(" ")}\n`;
  writeFileSync(path.join(base, folder, "port"), text, { mode: 0o600 });
}

async function serve(answer: () => string) {
  const stops: string[] = [];
  const listening = await listen({
    admit: () => undefined,
    answer,
    onStop: () => stops.push("stop"),
    onClients: () => undefined,
  });
  ends.push(() => listening.close());
  return { ...listening, stops };
}

const answers = () => JSON.stringify(busyStatus);
const silent = { state: "silent", pid, serverPid: 815 };

describe("who is asked", () => {
  test("answers, proves that it is the one, and is asked to end only by stop", async () => {
    const one = await serve(answers);
    const { port, clientToken, serverToken, stops } = one;
    leave("1.0.0-abc-815", [
      port,
      clientToken,
      serverToken,
      pid,
      startOf(pid) ?? "",
    ]);
    const told = [{ state: "answers", status: busyStatus }];
    expect(await askAll(base, "status")).toEqual(told);
    expect(await askAll(base, "status", 815)).toEqual(told);
    expect(await askAll(base, "stop", 816)).toEqual([]);
    expect(stops).toEqual([]);
    expect(await askAll(base, "stop")).toEqual(told);
    expect(stops).toEqual(["stop"]);
  });

  test("counts for nothing where another program has its port, or it says what nobody understands", async () => {
    const stranger = await serve(answers);
    const babbler = await serve(() => '{"pid":"?"}');
    const start = startOf(pid) ?? "";
    const other = "0".repeat(32);
    const words = [stranger.port, stranger.clientToken, other, pid, start];
    leave("1.0.0-abc-815", words);
    const { port, clientToken, serverToken } = babbler;
    leave("1.0.1-abc-815", [port, clientToken, serverToken, pid, start]);
    expect(await askAll(base, "status")).toEqual([silent, silent]);
  });

  test("is not waited for where it accepts and says nothing", async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    ends.push(() => void mute.close());
    // oxlint-disable-next-line no-unsafe-type-assertion -- it listens on a port
    const { port } = mute.address() as AddressInfo;
    leave("1.0.0-abc-815", [port, "a", "b", pid, startOf(pid) ?? ""]);
    expect(await askAll(base, "status")).toEqual([silent]);
  });

  test("is nobody dead, no rubbish, and nothing where there is no folder", async () => {
    leave("1.0.0-abc-815", [1, "a", "b", pid, "1"]);
    leave("1.0.0-abc-816", ["rubbish"]);
    leave("rubbish", [1, "a", "b", pid, startOf(pid) ?? ""]);
    expect(await askAll(base, "status")).toEqual([]);
    expect(await askAll(path.join(base, "none"), "status")).toEqual([]);
  });
});
