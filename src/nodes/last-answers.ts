import { createHash, randomBytes } from "node:crypto";
import {
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import path from "node:path";
import * as z from "zod/mini";

/** The last good answers, which stand in for what can't be asked: files of one user's, without secrets. */
export type LastAnswers = {
  /** Undefined where there is none that counts. */
  read<T>(key: string, form: z.ZodMiniType<T>): Promise<Kept<T> | undefined>;
  /** What can't be kept is not kept: a list does not fail for it. */
  keep(key: string, answer: unknown): Promise<void>;
  /** The report that operators read: where it is, or why it is nowhere. */
  report(text: string): Promise<void>;
  reportFile: string;
};

export type Kept<T> = { answer: T; keptAtEpochMs: number };

/** An answer that is older does not count any more. */
export const longestKeptMs = 7 * 24 * 3_600_000;

/**
 * `identity` is all that decides what an answer is: those of another configuration don't count. `folder` is made when something is kept.
 */
export function openLastAnswers(
  folder: string,
  identity: unknown,
  now: () => number,
): LastAnswers {
  const name = hash(JSON.stringify(identity));
  const fileOf = (key: string) =>
    path.join(folder, `${name}-${hash(key)}.json`);
  const reportFile = path.join(folder, `report-${name}.txt`);
  return {
    reportFile,
    read: async (key, form) => {
      const text = await readFile(fileOf(key), "utf8").catch(() => undefined);
      if (text === undefined) return undefined;
      const parsed = z.safeParse(
        z.object({ keptAtEpochMs: z.number(), answer: form }),
        parseJson(text),
      );
      if (!parsed.success) return undefined;
      const ageMs = now() - parsed.data.keptAtEpochMs;
      return ageMs < longestKeptMs ? parsed.data : undefined;
    },
    keep: async (key, answer) => {
      const text = JSON.stringify({ keptAtEpochMs: now(), answer });
      await write(folder, fileOf(key), text).catch(() => undefined);
    },
    report: async (text) => {
      await write(folder, reportFile, text).catch(() => undefined);
      await removeOld(folder, now() - longestKeptMs).catch(() => undefined);
    },
  };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A reader sees the old file or the new one, whole. */
async function write(
  folder: string,
  file: string,
  text: string,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(own, text, { mode: 0o600, flag: "wx" });
    await rename(own, file);
  } catch (error) {
    await rm(own, { force: true });
    throw error;
  }
}

/** What configurations have left behind that nobody uses any more. */
async function removeOld(folder: string, beforeEpochMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^(?:report-)?[0-9a-f]{16}[-.]/.test(name)) continue;
    const file = path.join(folder, name);
    const { mtimeMs } = await stat(file);
    if (mtimeMs < beforeEpochMs) await rm(file, { force: true });
  }
}
