import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { preparePython } from "../test/host/clients/python.ts";
import { chooseContenders } from "./contenders.ts";
import { benchCost } from "./cost.ts";
import { openCountingProxy } from "./counting-proxy.ts";
import { benchFirst } from "./first.ts";
import { benchKills } from "./kills.ts";
import { benchLarge, largeOptions, largeParts } from "./large.ts";
import { benchLatency } from "./latency.ts";
import { startLocalAws } from "./local-aws.ts";
import { benchOutput, outputStore } from "./output.ts";
import { benchScript } from "./script.ts";
import { benchSoak } from "./soak.ts";
import { benchUpload } from "./upload.ts";
import { benchWindows, otherRunner } from "./windows.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "15" },
    seconds: { type: "string", default: "0,1,2,5,10,30" },
    megabytes: { type: "string", default: "512" },
    kills: { type: "string", default: "500" },
    // a soak's: how long, and how many executions a second
    minutes: { type: "string", default: "60" },
    rate: { type: "string", default: "4" },
    // without the peers
    alone: { type: "boolean", default: false },
    ...largeOptions,
    // a working copy of another version, whose runner is beside this one's on Windows
    against: { type: "string" },
  },
});
/** Parts that take long: only for who asks for them. */
const asked = (part: string) => positionals.includes(part);
const wants = (part: string) => positionals.length === 0 || asked(part);
const rounds = Number(values.rounds);

const python = values.alone
  ? { kind: "missing" as const, sentence: "left out" }
  : await preparePython();
const contenders = chooseContenders(python);
const bucket = "bench";
const home = await mkdtemp(path.join(os.tmpdir(), "rundeck-ssm-bench-"));
try {
  await using aws = await startLocalAws(15, bucket);
  const { endpoint, region, instanceIds } = aws;
  const surroundings = { endpoint, region, home };
  const [instanceId = ""] = instanceIds;
  if (wants("cost")) {
    console.log(
      await benchCost(contenders, surroundings, { instanceId, rounds }),
    );
    console.log();
  }
  if (wants("first")) {
    await using proxy = await openCountingProxy(endpoint);
    const execution = { instanceId, rounds };
    console.log(await benchFirst(surroundings, proxy, execution));
    console.log();
  }
  if (wants("latency")) {
    await using proxy = await openCountingProxy(endpoint);
    const bench = { surroundings, proxy, instanceIds };
    const seconds = values.seconds.split(",").map(Number);
    console.log(await benchLatency(contenders, bench, seconds));
    console.log();
  }
  const copying = { surroundings, instanceId, bucket, folder: home };
  if (wants("script")) {
    console.log(await benchScript(copying, rounds));
    console.log();
  }
  if (wants("windows")) {
    const other = values.against === undefined ? undefined : otherRunner();
    console.log(await benchWindows(surroundings, rounds, await other));
    console.log();
  }
  if (wants("upload")) {
    const megabytes = Number(values.megabytes);
    console.log(await benchUpload(copying, python, megabytes));
    console.log();
  }
  if (wants("output")) {
    await using fleet = await startLocalAws(16, outputStore, outputStore);
    console.log(await benchOutput(fleet));
    console.log();
  }
  if (asked("kills"))
    console.log(await benchKills(copying, Number(values.kills)));
  if (asked("soak")) {
    const load = {
      minutes: Number(values.minutes),
      perSecond: Number(values.rate),
    };
    console.log(await benchSoak(copying, load, console.log));
  }
  for (const part of largeParts.filter(asked))
    console.log(await benchLarge(part, values, { contenders, home }));
} finally {
  await rm(home, { recursive: true, force: true });
}
