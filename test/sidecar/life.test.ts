import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openLife } from "../../src/sidecar/life.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function opened(serverPid = process.pid) {
  const seen: string[] = [];
  const life = openLife(serverPid, {
    onDrain: () => void seen.push("drain"),
    onEnd: () => void seen.push("end"),
  });
  return { life, seen };
}

describe("a sidecar", () => {
  it("ends when nobody has come for two minutes", () => {
    const { life, seen } = opened();
    life.onClients(1);
    vi.advanceTimersByTime(3_600_000);
    expect(seen).toEqual([]);
    life.onClients(0);
    vi.advanceTimersByTime(119_000);
    life.onClients(1);
    life.onClients(0);
    vi.advanceTimersByTime(119_000);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(seen).toEqual(["drain", "end"]);
  });

  it("that is stopped ends with its last client", () => {
    const { life, seen } = opened();
    life.onClients(2);
    life.drain();
    life.drain();
    life.onClients(1);
    expect(seen).toEqual(["drain"]);
    life.onClients(0);
    expect(seen).toEqual(["drain", "end"]);
  });

  it("ends after its Rundeck server, and after its last client", async () => {
    const server = spawn("/bin/sleep", ["60"]);
    const { life, seen } = opened(server.pid ?? 0);
    life.onClients(1);
    vi.advanceTimersByTime(10_000);
    expect(seen).toEqual([]);
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
    vi.advanceTimersByTime(5_000);
    expect(seen).toEqual(["drain"]);
    life.onClients(0);
    expect(seen).toEqual(["drain", "end"]);
  });
});
