import type { Socket } from "node:net";
import { alive } from "./frames.ts";

/**
 * Blocks on their way to a client, few at a time: the kernel takes each of them whole, so that a client never waits in the middle of one
 * for us, and what counts as handed on has really been printed.
 */
export type Blocks = {
  /** Resolves when the client has printed them all, or is gone. */
  send(blocks: readonly Uint8Array[]): Promise<void>;
  /** The same for what is told even where the rest is given up. */
  sendLine(blocks: readonly Uint8Array[]): Promise<void>;
  /** The client has printed the next one. */
  taken(): void;
  /** Resolves when nothing is under way. */
  allTaken(): Promise<void>;
  /** Resolves when the client has printed none for so long. */
  stalled(ms: number): Promise<void>;
  /** Nothing but lines of ours is sent any more, and these at once. */
  giveUp(): void;
  isOpen(): boolean;
};

const mostUnderWay = 2;

export function openBlocks(socket: Socket): Blocks {
  const waiting: Block[] = [];
  const underWay: Block[] = [];
  const push = () => {
    while (underWay.length < mostUnderWay) {
      const next = waiting.shift();
      if (!next) return;
      underWay.push(next);
      socket.write(next.bytes);
    }
  };
  socket.once("close", () => {
    for (const { onTaken } of [...underWay.splice(0), ...waiting.splice(0)])
      onTaken();
  });
  const isOpen = () => !socket.destroyed && !socket.writableEnded;
  const send = async (blocks: readonly Uint8Array[], isLine: boolean) => {
    if (!isOpen()) return;
    const more = blocks.map((bytes) => openBlock(bytes, isLine));
    waiting.push(...more);
    push();
    await Promise.all(more.map(({ taken }) => taken));
  };
  let onProgress = nothing;
  return {
    send: (blocks) => send(blocks, false),
    sendLine: (blocks) => send(blocks, true),
    taken: () => {
      underWay.shift()?.onTaken();
      onProgress();
      push();
      // the client's kernel holds its next word back until ours has acknowledged this one, which it does with our next bytes, or 40 ms later
      if (waiting.length === 0 && underWay.length > 0) socket.write(alive);
    },
    stalled: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        onProgress = () => void timer.refresh();
      }),
    giveUp: () => {
      for (const block of waiting.splice(0))
        if (block.isLine) socket.write(block.bytes);
        else block.onTaken();
    },
    allTaken: async () => {
      const all = [...underWay, ...waiting].map(({ taken }) => taken);
      await Promise.all(all);
    },
    isOpen,
  };
}

type Block = {
  bytes: Uint8Array;
  isLine: boolean;
  taken: Promise<void>;
  onTaken: () => void;
};

const nothing = () => undefined;

function openBlock(bytes: Uint8Array, isLine: boolean): Block {
  let onTaken: () => void = nothing;
  const taken = new Promise<void>((resolve) => {
    onTaken = resolve;
  });
  return { bytes, isLine, taken, onTaken };
}

/** Resolves when the kernel has it, which hands it on even if we are killed then; at once where nobody is there any more. */
export function write(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.writableEnded) resolve();
    else socket.write(text, () => resolve());
  });
}
