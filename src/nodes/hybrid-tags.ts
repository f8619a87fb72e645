import { mayPass } from "../kernel/errors.ts";
import { allEnded } from "./all-ended.ts";

export type RememberedTags = {
  tags: Record<string, string>;
  atEpochMs: number;
};

/** The tags of hybrid nodes by instance id, of this run and of earlier ones. */
export type TagMemory = Map<string, RememberedTags>;

/** Each node costs a request, so they are not asked for again at once. */
const freshMs = 5 * 60_000;
/** So many are asked for at once. */
const atOnce = 4;

/**
 * Brings the memory up to date: first the nodes that are not in it, then the oldest. After `refreshUntilEpochMs` what is remembered is
 * good enough, so that at a low rate a large fleet has its tags after some runs. What was read stays in the memory if it throws.
 */
export async function readHybridTags(
  instanceIds: readonly string[],
  memory: TagMemory,
  ports: {
    read: (instanceId: string) => Promise<Record<string, string>>;
    now: () => number;
    refreshUntilEpochMs: number;
  },
): Promise<void> {
  const { read, now, refreshUntilEpochMs } = ports;
  const ageOf = (id: string) => now() - (memory.get(id)?.atEpochMs ?? 0);
  const left = instanceIds
    .filter((id) => ageOf(id) >= freshMs)
    .toSorted((a, b) => ageOf(b) - ageOf(a));
  const work = async () => {
    try {
      for (let id = left.shift(); id !== undefined; id = left.shift()) {
        if (memory.has(id) && now() >= refreshUntilEpochMs) return;
        memory.set(id, { tags: await read(id), atEpochMs: now() });
      }
    } finally {
      left.length = 0;
    }
  };
  const workers = Array.from({ length: atOnce }, work);
  await allEnded(workers).catch((error: unknown) => {
    const isKnown = instanceIds.every((id) => memory.has(id));
    if (!isKnown || !mayPass(error)) throw error;
  });
}
