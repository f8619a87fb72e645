import {
  chmodSync,
  closeSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { startOf } from "./proc.ts";

/** The files for node_exporter's textfile collector that executions have named. */
export type MetricsFiles = {
  /** Writes `file` from now on. Answers once, in words, why it can't be written. */
  use(file: string): string | undefined;
  /** Writes all anew. */
  write(): void;
};

/** Who writes: two sidecars must not take each other's file in turn. */
type Writer = { pid: number; start: string; serverPid: number };

/** `compose`: what to write at this moment. */
export function openMetricsFiles(
  writer: Writer,
  compose: () => string,
): MetricsFiles {
  /** By what the setting says: the problem that was last told. */
  const files = new Map<string, string | undefined>();
  const write = (file: string) => {
    const target = file.replaceAll("%p", String(writer.serverPid));
    try {
      if (mayWrite(target, writer)) writeWhole(target, writer, compose());
      return undefined;
    } catch (error) {
      return describe(error);
    }
  };
  return {
    use: (file) => {
      if (files.has(file)) return undefined;
      const problem = write(file);
      files.set(file, problem);
      return problem;
    },
    // who was told that it can't be written is not told again; it may be possible meanwhile
    write: () => {
      for (const file of files.keys()) write(file);
    },
  };
}

class Refused extends Error {}

const mark = "# rundeck-ssm sidecar";

/** A reader sees the old one whole, or the new one. The collector reads names that end in .prom alone, so not the one in between. */
function writeWhole(file: string, writer: Writer, text: string): void {
  const own = `${file}.${writer.pid}`;
  rmSync(own, { force: true });
  try {
    const { pid, start, serverPid } = writer;
    const head = `${mark} ${pid} ${start} ${serverPid}\n`;
    writeFileSync(own, head + text, { flag: "wx", mode: 0o644 });
    // whatever the server's umask: the collector is another user
    chmodSync(own, 0o644);
    renameSync(own, file);
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Nothing but a file of a sidecar's is replaced, and none that another living one writes. One of our own server is about to end, as after an
 * update: that is waited for.
 */
function mayWrite(file: string, writer: Writer): boolean {
  const head = readHead(file);
  if (head === undefined) return true;
  const found = /^# rundeck-ssm sidecar (\d+) (\d+) (\d+)\n/.exec(head);
  if (!found)
    throw new Refused(
      "there is something else by that name, which is not replaced",
    );
  const [, pid, start, serverPid] = found;
  if (Number(pid) === writer.pid && start === writer.start) return true;
  if (startOf(Number(pid)) !== start) return true;
  if (Number(serverPid) === writer.serverPid) return false;
  throw new Refused(
    `the sidecar of another server writes it (process ${pid}); %p in the name becomes the server's process id`,
  );
}

/** Undefined: there is no such file. */
function readHead(file: string): string | undefined {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!found.isFile()) return "";
  const descriptor = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(100);
    return bytes.toString("latin1", 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

function describe(error: unknown): string {
  if (error instanceof Refused) return error.message;
  return error instanceof Error && "code" in error
    ? String(error.code)
    : "it can't be written";
}
