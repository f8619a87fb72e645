import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { preparePython } from "../test/host/clients/python.ts";
import { chooseContenders } from "./contenders.ts";
import { benchCost } from "./cost.ts";
import { openCountingProxy } from "./counting-proxy.ts";
import { benchLatency } from "./latency.ts";
import { startLocalAws } from "./local-aws.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "15" },
    seconds: { type: "string", default: "0,1,2,5,10,30" },
    // without the peers
    alone: { type: "boolean", default: false },
  },
});
const wants = (part: string) =>
  positionals.length === 0 || positionals.includes(part);

const contenders = chooseContenders(
  values.alone
    ? { kind: "missing", sentence: "left out" }
    : await preparePython(),
);
const home = await mkdtemp(path.join(os.tmpdir(), "rundeck-ssm-bench-"));
try {
  await using aws = await startLocalAws(5);
  const { endpoint, region, instanceIds } = aws;
  const surroundings = { endpoint, region, home };
  const [instanceId = ""] = instanceIds;
  if (wants("cost")) {
    const rounds = Number(values.rounds);
    console.log(
      await benchCost(contenders, surroundings, { instanceId, rounds }),
    );
    console.log();
  }
  if (wants("latency")) {
    await using proxy = await openCountingProxy(endpoint);
    const seconds = values.seconds.split(",").map(Number);
    const bench = { surroundings, proxy, instanceIds };
    console.log(await benchLatency(contenders, bench, seconds));
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
