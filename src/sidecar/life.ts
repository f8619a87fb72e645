import { startOf } from "./proc.ts";

/** How long nobody has to come before a sidecar ends, and how often it looks whether its server lives. */
const idleMs = 120_000;
const lookMs = 5_000;

export type Life = {
  /** How many clients are here. */
  onClients(count: number): void;
  /** No new clients; the end comes with the last one's. */
  drain(): void;
};

/**
 * A sidecar ends when nobody has come for a while, and when its Rundeck server has ended, after the runs that are under way.
 * `onDrain` is called once, before `onEnd`.
 */
export function openLife(
  serverPid: number,
  { onDrain, onEnd }: { onDrain: () => void; onEnd: () => void },
): Life {
  const serverStart = startOf(serverPid);
  let clients = 0;
  let isDraining = false;
  let idle: NodeJS.Timeout | undefined;
  const drain = () => {
    if (!isDraining) {
      isDraining = true;
      clearInterval(looking);
      clearTimeout(idle);
      onDrain();
    }
    if (clients === 0) onEnd();
  };
  const looking = setInterval(() => {
    if (startOf(serverPid) !== serverStart) drain();
  }, lookMs);
  const rest = () => {
    clearTimeout(idle);
    if (isDraining) {
      if (clients === 0) onEnd();
    } else if (clients === 0) idle = setTimeout(drain, idleMs);
  };
  rest();
  return {
    onClients: (count) => {
      clients = count;
      rest();
    },
    drain,
  };
}
