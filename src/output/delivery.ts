import type { Output, StreamName } from "./chunk.ts";
import type { Captured } from "./packed.ts";

/** Hands a command's output on, each byte once, whatever ways it comes by. */
export type Delivery = {
  /** How many bytes of each stream have been handed on: where any other way has to go on. */
  readonly delivered: Readonly<Record<StreamName, number>>;
  /** Hands on the next bytes of a stream. Resolves when the reader has taken them. */
  write(stream: StreamName, bytes: Uint8Array): Promise<void>;
  /** Hands on what has not been handed on of an output that is here from its first byte. */
  writeRest(whole: Captured): Promise<void>;
};

export function openDelivery(output: Output): Delivery {
  const delivered = { stdout: 0, stderr: 0 };
  const write = async (stream: StreamName, bytes: Uint8Array) => {
    if (bytes.length === 0) return;
    delivered[stream] += bytes.length;
    await output(stream, bytes);
  };
  return {
    delivered,
    write,
    writeRest: async (whole) => {
      await Promise.all([
        write("stdout", whole.stdout.subarray(delivered.stdout)),
        write("stderr", whole.stderr.subarray(delivered.stderr)),
      ]);
    },
  };
}
