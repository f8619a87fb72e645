import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdir, unlink } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

/** One kernel pipe: the agent gives commands pipes, while Node would give them sockets, which `/dev/stderr` cannot open. */
export type Pipe = {
  reader: Socket;
  /** Descriptor for the command; `closeWriter` once it has it. */
  writerFd: number;
  closeWriter(): void;
};

export type Pipes = { open(): Promise<Pipe> };

const batchSize = 32;

/** Hands out pipes, made as named ones in `folder` (a batch at a time: each `mkfifo` is a process) and unlinked at once. */
export function createPipes(folder: string): Pipes {
  let made = 0;
  const ready: string[] = [];
  let making: Promise<void> | undefined;

  async function makeBatch(): Promise<void> {
    await mkdir(folder, { recursive: true });
    const paths = Array.from({ length: batchSize }, () =>
      join(folder, `pipe-${made++}`),
    );
    await promisify(execFile)("mkfifo", ["-m", "600", ...paths]);
    ready.push(...paths);
  }

  async function takePath(): Promise<string> {
    for (;;) {
      const path = ready.pop();
      if (path !== undefined) return path;
      making ??= makeBatch().finally(() => (making = undefined));
      await making;
    }
  }

  return {
    open: async () => {
      const path = await takePath();
      const pipe = openPipe(path);
      await unlink(path);
      return pipe;
    },
  };
}

/** The reader first and without waiting: opening a named pipe's writer would block until there is one. */
function openPipe(path: string): Pipe {
  const readerFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writerFd = openSync(path, constants.O_WRONLY);
  return {
    // A socket over the descriptor waits in the event loop and in none of the few file threads.
    reader: new Socket({ fd: readerFd, readable: true, writable: false }),
    writerFd,
    closeWriter: () => closeSync(writerFd),
  };
}
