import {
  instancesOf,
  type RequestRecord,
  type ServiceName,
} from "./requests.ts";

/** What goes wrong. `before`: the request has no effect; `after`: it has, and only the answer is spoilt. */
export type FaultAction =
  | {
      kind: "error";
      code: string;
      message?: string;
      status?: number;
      when?: "before" | "after";
    }
  /** The connection is reset instead of an answer. */
  | { kind: "lost"; when: "before" | "after" }
  /** The answer comes late; the effect does not. */
  | { kind: "delay"; ms: number }
  /** An answer with status 200 that nobody can parse. */
  | { kind: "malformed" }
  /** The connection stays open, and no answer comes. */
  | { kind: "silent"; when: "before" | "after" }
  /** The answer of a proxy or of another server: a page, not an answer of AWS's. */
  | { kind: "foreign"; status: number; headers?: Record<string, string> }
  /** The answer breaks off in its middle. */
  | { kind: "cut" }
  /** One bit of the answer's content is another. */
  | { kind: "altered" };

/** What leaves no answer of the service's own, or another one. */
export type SpoiltAnswer = Exclude<
  FaultAction,
  { kind: "delay" | "cut" | "altered" }
>;

/** Which requests it happens to. What is absent matches all. */
export type FaultRule = FaultAction & {
  service?: ServiceName;
  operation?: string;
  instanceId?: string;
  region?: string;
  accessKeyId?: string;
  /** Spares the first so many. */
  skip?: number;
  /** Then happens so often; default: for ever. */
  times?: number;
  /** And so long, from the first time; default: for ever. */
  forMs?: number;
};

export type FaultHandle = {
  /** How often it has happened. */
  readonly hits: number;
  remove(): void;
};

/** Failures that a test orders. */
export type Faults = {
  add(rule: FaultRule): FaultHandle;
  /** ThrottlingException, or what the service has instead, `times` times. */
  throttle(operation: string, times?: number): FaultHandle;
  clear(): void;
  /** Actions that every policy denies from now on: `ssm:SendCommand`, `logs:CreateLogStream`, `s3:DeleteObject`. */
  deniedActions: Set<string>;
  /** Eventual consistency: how long after a send GetCommandInvocation and the lists do not know it. */
  visibility: { invocationsAfterMs: number; listsAfterMs: number };
};

/** What the server asks. */
export type FaultPort = Faults & {
  pick(record: RequestRecord): FaultAction | undefined;
};

export function createFaults(): FaultPort {
  type Active = {
    rule: FaultRule;
    seen: number;
    hits: number;
    sinceMs?: number;
  };
  const active = new Set<Active>();

  function add(rule: FaultRule): FaultHandle {
    const entry: Active = { rule, seen: 0, hits: 0 };
    active.add(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => void active.delete(entry),
    };
  }

  return {
    add,
    throttle: (operation, times) =>
      add({
        kind: "error",
        code: "ThrottlingException",
        message: "Rate exceeded",
        operation,
        ...(times === undefined ? {} : { times }),
      }),
    clear: () => active.clear(),
    deniedActions: new Set(),
    visibility: { invocationsAfterMs: 0, listsAfterMs: 0 },
    pick: (record) => {
      for (const entry of active) {
        if (!matches(entry.rule, record)) continue;
        entry.seen += 1;
        const turn = entry.seen - (entry.rule.skip ?? 0);
        if (turn < 1 || turn > (entry.rule.times ?? Infinity)) continue;
        entry.sinceMs ??= record.atMs;
        if (record.atMs - entry.sinceMs >= (entry.rule.forMs ?? Infinity))
          continue;
        entry.hits += 1;
        return entry.rule;
      }
      return undefined;
    },
  };
}

function matches(rule: FaultRule, record: RequestRecord): boolean {
  return (
    (rule.service === undefined || rule.service === record.service) &&
    (rule.operation === undefined || rule.operation === record.operation) &&
    (rule.region === undefined || rule.region === record.region) &&
    (rule.accessKeyId === undefined ||
      rule.accessKeyId === record.accessKeyId) &&
    (rule.instanceId === undefined ||
      instancesOf(record).includes(rule.instanceId))
  );
}
