import type { Clock } from "../kernel/clock.ts";
import { openChecksum } from "./checksum.ts";
import type { Output, StreamName } from "./chunk.ts";
import type { Captured } from "./packed.ts";

/**
 * Hands a command's output on, each byte once, whatever ways it comes by. What a process that died had handed on before counts as if it
 * had not: it is read again from the first byte, so that all of it is proved, and goes nowhere.
 */
export type Delivery = {
  /** How many bytes of each stream have come: where any other way has to go on. */
  readonly delivered: Readonly<Record<StreamName, number>>;
  /** The SHA-256 of all that has come, stdout and stderr one after the other; undefined where nobody has kept account. */
  digest(): string | undefined;
  /** When the first of them came, in ms since the epoch. */
  firstAtEpochMs(): number | undefined;
  /** Hands on the next bytes of a stream. Resolves when the reader has taken them. */
  write(stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** Hands on what has not been handed on of an output that is here from its first byte. */
  writeRest(whole: Captured): Promise<void>;
  /** Whether a process that died had handed on all of this; then it counts as come, without having been read. */
  passOver(whole: Sizes): boolean;
};

/** How large an output is. */
type Sizes = { stdoutBytes: number; stderrBytes: number };

const nothing: Sizes = { stdoutBytes: 0, stderrBytes: 0 };

/** `printed`: what a process that died had handed on. */
export function openDelivery(
  output: Output,
  clock: Pick<Clock, "now">,
  printed = nothing,
): Delivery {
  const before = { stdout: printed.stdoutBytes, stderr: printed.stderrBytes };
  const delivered = { stdout: 0, stderr: 0 };
  const checksum = openChecksum();
  let firstAt: number | undefined;
  let isRead = true;
  const write = async (stream: StreamName, bytes: Uint8Array) => {
    if (bytes.length === 0) return;
    firstAt ??= clock.now();
    const news = bytes.subarray(
      Math.max(0, before[stream] - delivered[stream]),
    );
    delivered[stream] += bytes.length;
    checksum.add(stream, bytes);
    if (news.length > 0) await output(stream, news);
  };
  return {
    delivered,
    digest: () => (isRead ? checksum.digest() : undefined),
    firstAtEpochMs: () => firstAt,
    write,
    writeRest: async (whole) => {
      await Promise.all([
        write("stdout", whole.stdout.subarray(delivered.stdout)),
        write("stderr", whole.stderr.subarray(delivered.stderr)),
      ]);
    },
    passOver: ({ stdoutBytes, stderrBytes }) => {
      const isAll =
        before.stdout + before.stderr > 0 &&
        before.stdout >= stdoutBytes &&
        before.stderr >= stderrBytes;
      if (!isAll) return false;
      isRead = false;
      delivered.stdout = stdoutBytes;
      delivered.stderr = stderrBytes;
      return true;
    },
  };
}
