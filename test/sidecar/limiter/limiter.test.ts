import { describe, expect, it } from "vitest";
import type { Call } from "../../../src/aws/companions.ts";
import { retry } from "../../../src/exec/retry.ts";
import { openLimiter } from "../../../src/sidecar/limiter/limiter.ts";
import { openModelAws } from "../../support/model-aws.ts";
import type { Behaviour } from "../../support/model-aws.ts";
import { callFor, nodeIds } from "../../support/sharing.ts";
import { virtualClock } from "../../support/virtual-clock.ts";

const quota = { account: "111122223333", region: "eu-west-1" };

function openLimited(behaviour: Behaviour) {
  const clock = virtualClock();
  const limiter = openLimiter(clock);
  const gate = limiter.gate(quota);
  const model = openModelAws(clock, { ...behaviour, gate });
  const patience = { silenceMs: Infinity, untilEpochMs: Infinity };
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  /** Asks as pipelines do, until there is an answer. */
  const ask = (id: string, more: Partial<Call> = {}) => {
    const call = callFor(id, more);
    return retry({ clock, random }, patience, call.signal, () =>
      model.client.describe([id], call),
    );
  };
  return { clock, limiter, model, ask };
}

const from = (
  project: string,
  job: string,
  isUrgent: () => boolean = () => false,
) => ({ requester: { project, job, isUrgent } });

describe("a rate that nobody has told", () => {
  it("is no limit until AWS refuses for it", async () => {
    const { clock, ask, model, limiter } = openLimited({});
    await clock.run(Promise.all(nodeIds(40).map((id) => ask(id))));
    expect(clock.passedMs()).toBe(80);
    expect(model.requests).toHaveLength(40);
    expect(limiter.status()).toMatchObject([{ ...quota, calls: 40 }]);
    expect(limiter.status()[0]?.perSecond).toBeUndefined();
  });

  it.each([
    [10, 10, 600],
    [10, 5, 600],
    [50, 100, 3_000],
  ])(
    "of %i a second (%i at once) costs no more than 5 %% of the time",
    async (perSecond, burst, count) => {
      const { clock, ask, model } = openLimited({ rate: { perSecond, burst } });
      await clock.run(Promise.all(nodeIds(count).map((id) => ask(id))));
      const idealMs = ((count - burst) / perSecond) * 1_000;
      expect(clock.passedMs() / idealMs).toBeLessThan(1.05);
      // 50 were under way when the first was refused
      expect((model.throttled.length - 50) / count).toBeLessThan(0.15);
    },
  );

  it("is forgotten when nothing was refused for minutes", async () => {
    const { clock, ask, limiter } = openLimited({
      rate: { perSecond: 10, burst: 10 },
    });
    await clock.run(Promise.all(nodeIds(30).map((id) => ask(id))));
    expect(limiter.status()[0]?.perSecond).toBeGreaterThan(1);
    await clock.run(clock.sleep(6 * 60_000));
    await clock.run(ask("i-1"));
    expect(limiter.status()[0]?.perSecond).toBeUndefined();
  });
});

describe("the queue", () => {
  const rate = { perSecond: 5, burst: 5 };

  it("lets a single run pass a job of a thousand", async () => {
    const { clock, ask } = openLimited({ rate });
    const ids = nodeIds(1_000);
    const end = new AbortController();
    const { signal } = end;
    const many = ids.map((id) =>
      ask(id, { signal, ...from("p", "large") }).catch(() => undefined),
    );
    await clock.run(clock.sleep(20_000));
    const startedAtMs = clock.passedMs();
    await clock.run(ask("i-0", from("p", "small")));
    expect(clock.passedMs() - startedAtMs).toBeLessThan(1_500);
    end.abort();
    await clock.run(Promise.all(many));
  });

  it("gives each project its turn, whatever the others' jobs", async () => {
    const { clock, ask } = openLimited({ rate });
    const times = new Map<string, number[]>();
    const run = async (project: string, job: string, count: number) => {
      const one = (id: string) =>
        ask(id, from(project, job)).then(() => {
          times.set(project, [...(times.get(project) ?? []), clock.passedMs()]);
        });
      await Promise.all(nodeIds(count).map(one));
    };
    await clock.run(
      Promise.all([
        ...Array.from({ length: 10 }, (_, at) => run("busy", `${at}`, 30)),
        run("other", "1", 30),
      ]),
    );
    // half of what goes through is the other project's, until it has all
    expect(Math.max(...(times.get("other") ?? []))).toBeLessThan(
      Math.max(...(times.get("busy") ?? [])) / 3,
    );
  });

  it("lets those first who have been killed", async () => {
    const { clock, ask } = openLimited({ rate });
    let isKilled = false;
    const many = nodeIds(100).map((id) => ask(id, from("p", "1")));
    await clock.run(clock.sleep(5_000));
    const late = ask(
      "i-0",
      from("p", "1", () => isKilled),
    );
    isKilled = true;
    const startedAtMs = clock.passedMs();
    await clock.run(late);
    expect(clock.passedMs() - startedAtMs).toBeLessThan(700);
    await clock.run(Promise.all(many));
  });

  it("is left at once by whoever does not wait any longer", async () => {
    const { clock, ask, limiter } = openLimited({ rate });
    const end = new AbortController();
    const many = nodeIds(50).map((id) =>
      ask(id, { signal: end.signal }).catch((reason: unknown) => reason),
    );
    await clock.run(clock.sleep(3_000));
    end.abort("killed");
    const startedAtMs = clock.passedMs();
    const told = await clock.run(Promise.all(many));
    // what is under way is answered within its 80 ms
    expect(clock.passedMs()).toBeLessThanOrEqual(startedAtMs + 80);
    expect(told.filter((reason) => reason === "killed").length).toBeGreaterThan(
      20,
    );
    expect(limiter.status()[0]?.queued).toBe(0);
  });

  it("knows each account, region and action by itself", async () => {
    const clock = virtualClock();
    const limiter = openLimiter(clock);
    const here = limiter.gate(quota);
    const there = limiter.gate({ ...quota, region: "us-east-1" });
    const throttled = {
      whose: "aws",
      sent: "refused",
      heals: "rate",
      name: "ThrottlingException",
      answered: true,
      denied: false,
    } as const;
    (await here.enter("ssm:SendCommand", callFor("i-1")))(throttled);
    const [known] = limiter.status();
    expect(known?.perSecond).toBeDefined();
    (await there.enter("ssm:SendCommand", callFor("i-1")))();
    (await here.enter("ssm:CancelCommand", callFor("i-1")))();
    expect(clock.passedMs()).toBe(0);
    expect(limiter.status()).toHaveLength(3);
  });
});
