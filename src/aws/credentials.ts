import type { Clock } from "../kernel/clock.ts";
import { BridgeError, tellFailure } from "../kernel/errors.ts";
import type { Call } from "./companions.ts";
import { sourceTimeoutMs } from "./source.ts";
import type { Source, Identity } from "./source.ts";
import { isSkewCorrected } from "./failure.ts";
import { explainSource } from "./source-failure.ts";
import type { Transport } from "./transport.ts";

export type { Identity } from "./source.ts";

/** The credentials of one source, fetched when they are first needed and again before they end. Shared by all clients that use them. */
export type Credentials = {
  /**
   * Sees to it that there are valid ones. Ends with the call's signal, whoever stays silent.
   * Throws `credentials-invalid`, `credentials-unavailable`, `access-denied`…, naming the source.
   */
  renew(call: Call): Promise<void>;
  /** For the SDK, which asks when it signs: what `renew` has fetched. */
  provide(): Promise<Identity>;
  /** Who asks AWS, as far as that is known without asking. */
  describe(): string;
  /** AWS has refused them as expired, or as unknown: the next call asks the source again. */
  forget(): void;
};

export type OpenCredentials = Credentials & {
  /** Why each source before the one that gave them had none. */
  passed(): readonly string[];
};

/** How long before their end credentials are renewed, and how seldom where they come with less than that: they do if our clock is ahead. */
const renewBeforeMs = 5 * 60_000;
const renewPauseMs = 60_000;
/** How often that is tried while they last, and when it is waited for. */
const retryMs = 10_000;
const lastMomentMs = 30_000;

type Held = { identity: Identity; renewAtEpochMs: number };

export function openCredentials(
  source: Source,
  transport: Transport,
  clock: Clock,
): OpenCredentials {
  let held: Held | undefined;
  let asking: Promise<Identity> | undefined;

  const ask = (call: Call): Promise<Identity> => {
    const beganAtEpochMs = clock.now();
    asking ??= fetchFrom(source, transport, call)
      .then((identity) => {
        const now = clock.now();
        held = { identity, renewAtEpochMs: renewAt(identity, now) };
        tellTime(source, call, now - beganAtEpochMs);
        return identity;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };

  return {
    renew: async (call) => {
      call.signal.throwIfAborted();
      if (held && clock.now() < held.renewAtEpochMs) return;
      if (held && !hasEnded(held.identity, clock.now() + lastMomentMs)) {
        // they last for a while: whether the source answers is not waited for
        held.renewAtEpochMs = clock.now() + retryMs;
        ask(call).catch(() => undefined);
        return;
      }
      const limit = clock.deadline(sourceTimeoutMs);
      try {
        await raceEnd(ask(call), [call.signal, limit]);
      } catch (error) {
        call.signal.throwIfAborted();
        if (held && !hasEnded(held.identity, clock.now())) return;
        if (!limit.aborted) throw toldTo(call, error);
        asking = undefined;
        throw silent(source, call);
      }
    },
    provide: async () => {
      // the SDK must not keep them by itself: it would never ask again for what names no end
      const identity = held?.identity ?? (await source.fetch());
      return { ...identity, expiration: new Date(0) };
    },
    describe: () => describeIdentity(source, held?.identity),
    passed: () => source.passed?.() ?? [],
    forget: () => {
      held = undefined;
    },
  };
}

function fetchFrom(
  source: Source,
  transport: Transport,
  call: Call,
): Promise<Identity> {
  return transport.travel((journey) =>
    source
      .fetch()
      .catch((error: unknown) => {
        if (isSkewCorrected(error)) return source.fetch();
        throw error;
      })
      .catch((error: unknown) => {
        throw explainSource(error, { source, journey, ...call });
      }),
  );
}

function tellTime(source: Source, { debug }: Call, ms: number): void {
  debug?.(
    `${source.action() ?? "credentials"}: had after ${Math.round(ms)} ms`,
  );
}

/** Of the access key only its end is told: it tells keys apart, and nobody needs more. */
function describeIdentity(source: Source, identity?: Identity): string {
  if (!identity) return source.words();
  const { accessKeyId, accountId, expiration } = identity;
  return [
    source.words(),
    `access key …${accessKeyId.slice(-4)}`,
    ...(accountId === undefined ? [] : [`account ${accountId}`]),
    ...(expiration ? [`until ${expiration.toISOString()}`] : []),
  ].join(", ");
}

function renewAt({ expiration }: Identity, nowEpochMs: number): number {
  if (expiration === undefined) return Infinity;
  const dueEpochMs = expiration.getTime() - renewBeforeMs;
  return dueEpochMs > nowEpochMs ? dueEpochMs : nowEpochMs + renewPauseMs;
}

function hasEnded({ expiration }: Identity, nowEpochMs: number): boolean {
  return expiration !== undefined && expiration.getTime() <= nowEpochMs;
}

/** Waits for `work`, or for the first of the signals; what goes on behind our back is nobody's any more. */
function raceEnd<T>(
  work: Promise<T>,
  signals: readonly AbortSignal[],
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new Error("not waited for any longer"));
    for (const signal of signals) {
      if (signal.aborted) end();
      signal.addEventListener("abort", end, { once: true });
    }
    work
      .finally(() => {
        for (const signal of signals) signal.removeEventListener("abort", end);
      })
      .then(resolve, reject);
  });
}

/** Several may have waited for the same answer of the source, which was given to the first. */
function toldTo({ subject }: Call, error: unknown): unknown {
  return error instanceof BridgeError ? error.tellTo(subject) : error;
}

function actionOf(source: Source): string {
  const action = source.action();
  return action === undefined ? "" : ` to ${action}`;
}

function silent(source: Source, { subject }: Call): BridgeError {
  const told = `no answer from ${source.words()}${actionOf(source)} within ${sourceTimeoutMs / 1000} s, where the credentials come from; ${source.remedy()}`;
  return tellFailure(
    "credentials-unavailable",
    ({ target }) => `${target}: ${told}`,
    subject,
    {
      failure: {
        whose: "credentials",
        sent: "no",
        heals: "soon",
        name: "no answer",
        answered: false,
        denied: false,
      },
    },
  );
}
