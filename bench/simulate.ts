import { formatTable } from "./figures.ts";
import { simulate } from "./simulated-jobs.ts";
import type { Simulated } from "./simulated-jobs.ts";

/** What one sidecar asks of AWS for jobs far larger than this machine could start processes for: the real sharing and limiter, in virtual time. */
const takesMs = 5_000;
const jobs = 20;

console.log(
  [
    `Commands of ${takesMs / 1_000} s each on all nodes of ${jobs} jobs at once, as one sidecar asks AWS for them: the real sharing and`,
    "limiter, in front of a model of Run Command that answers after 80 ms, in virtual time. The limit is AWS's, for each action.",
    "Ideal: the send, the command and the answer, no sooner than the limit lets the fewest possible sends through.",
  ].join("\n"),
);
console.log(`\n${tabulate(await each([0, 50, 10, 5], 10_000))}`);
console.log(`\n${tabulate(await growth([100, 1_000, 10_000]))}`);

async function each(
  rates: readonly number[],
  nodes: number,
): Promise<Simulated[]> {
  const done: Simulated[] = [];
  for (const perSecond of rates)
    done.push(await simulate({ nodes, jobs, takesMs, perSecond }));
  return done;
}

async function growth(sizes: readonly number[]): Promise<Simulated[]> {
  const done: Simulated[] = [];
  for (const nodes of sizes)
    done.push(await simulate({ nodes, jobs, takesMs, perSecond: 10 }));
  return done;
}

function tabulate(done: readonly Simulated[]): string {
  const header = ["AWS's limit", "nodes", "failed", "SendCommand", "List…"];
  header.push("Get…", "calls a node", "throttled", "took s", "ideal s");
  header.push("bounded by");
  const rows = done.map((one) => [
    one.perSecond === 0 ? "none" : `${one.perSecond}/s`,
    `${one.nodes}`,
    `${one.failed}`,
    `${one.calls("ssm:SendCommand")}`,
    `${one.calls("ssm:ListCommandInvocations")}`,
    `${one.calls("ssm:GetCommandInvocation")}`,
    (one.requests / one.nodes).toFixed(3),
    `${one.throttled}`,
    (one.tookMs / 1_000).toFixed(1),
    (one.idealMs / 1_000).toFixed(1),
    one.boundedBy,
  ]);
  return formatTable([header, ...rows]);
}
