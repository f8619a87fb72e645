import { describe, expect, it } from "vitest";
import { outputOf, runEntry } from "../../src/main/shell.ts";
import type { Entry } from "../../src/main/shell.ts";
import type { Sink } from "../../src/output/sink.ts";
import { fakeClock } from "../support/clock.ts";
import { never } from "../support/ports.ts";

/** A sink on a disk that is full from its first byte on, or has room. */
function openFake(disk: "full" | "roomy"): Sink {
  let failure: string | undefined;
  const write = async () => {
    if (disk === "full") failure = "ENOSPC";
  };
  return {
    write,
    writeLine: write,
    failure: () => failure,
    isOpen: () => failure === undefined,
  };
}

function run(
  entry: Entry,
  disks: Record<"stdout" | "stderr", "full" | "roomy">,
) {
  const stderr = openFake(disks.stderr);
  return runEntry(entry, {
    clock: fakeClock(),
    environment: {},
    log: { note: (text) => void stderr.writeLine(text) },
    stdout: openFake(disks.stdout),
    stderr,
    signal: never,
    last: never,
    openServices: () => {
      throw new Error("none are needed");
    },
    nodeName: "a",
  });
}

const saying =
  (stream: "stdout" | "stderr"): Entry =>
  async (shell) => {
    await outputOf(shell)(stream, Buffer.from("important\n"));
    return { exitCode: 0 };
  };

describe("a command that ended well", () => {
  it.each(["stdout", "stderr"] as const)(
    "has not been heard where %s could not be written",
    async (stream) => {
      const disks = {
        stdout: "roomy",
        stderr: "roomy",
        [stream]: "full",
      } as const;
      expect(await run(saying(stream), disks)).toBe(74);
    },
  );

  it("ends so where only a line of ours was not heard", async () => {
    const disks = { stdout: "roomy", stderr: "full" } as const;
    const noting: Entry = async (shell) => {
      shell.log.note("a note");
      return saying("stdout")(shell);
    };
    expect(await run(noting, disks)).toBe(0);
  });
});
