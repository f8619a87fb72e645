import { retry } from "../exec/retry.ts";
import type { Clock } from "../kernel/clock.ts";
import { BridgeError } from "../kernel/errors.ts";

/** What ends the asking, and until when calls that fail are repeated. */
export type Asking = { signal: AbortSignal; untilEpochMs: number };

/** Nor are they repeated for longer while nothing succeeds, unless it is for the rate. */
const stalledMs = 20_000;

/** What repeats each call of a conversation, for as long as that makes headway. */
export function openRepeat(
  ports: { clock: Clock; random: () => number },
  { signal, untilEpochMs }: Asking,
): <T>(work: () => Promise<T>) => Promise<T> {
  const { clock } = ports;
  // pauses of up to 8 s are made for longer than there is time
  const brisk = { clock, random: () => ports.random() / 4 };
  const patience = { silenceMs: stalledMs, untilEpochMs: 0 };
  const goOn = () => {
    const stalledAt = clock.now() + stalledMs;
    patience.untilEpochMs = Math.min(untilEpochMs, stalledAt);
  };
  goOn();
  return (work) =>
    retry(brisk, patience, signal, async () => {
      try {
        const answer = await work();
        goOn();
        return answer;
      } catch (error) {
        if (isRate(error)) goOn();
        throw error;
      }
    });
}

export async function allPages<Page extends { next?: string }>(
  ask: (token?: string) => Promise<Page>,
): Promise<Page[]> {
  const pages: Page[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token);
    pages.push(page);
    token = page.next;
  } while (token !== undefined);
  return pages;
}

function isRate(error: unknown): boolean {
  return error instanceof BridgeError && error.failure?.heals === "rate";
}
