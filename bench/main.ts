import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { preparePython } from "../test/host/clients/python.ts";
import { chooseContenders } from "./contenders.ts";
import { benchCost } from "./cost.ts";
import { openCountingProxy } from "./counting-proxy.ts";
import { benchKills } from "./kills.ts";
import { benchLatency } from "./latency.ts";
import { startLocalAws } from "./local-aws.ts";
import { benchOutput, outputStore } from "./output.ts";
import { benchScript } from "./script.ts";
import { benchUpload } from "./upload.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "15" },
    seconds: { type: "string", default: "0,1,2,5,10,30" },
    megabytes: { type: "string", default: "512" },
    kills: { type: "string", default: "500" },
    // without the peers
    alone: { type: "boolean", default: false },
  },
});
const wants = (part: string) =>
  positionals.length === 0 || positionals.includes(part);

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
    console.log();
  }
  const copying = { surroundings, instanceId, bucket, folder: home };
  if (wants("script")) {
    console.log(await benchScript(copying, Number(values.rounds)));
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
  // a quarter of an hour: only for who asks for it
  if (positionals.includes("kills"))
    console.log(await benchKills(copying, Number(values.kills)));
} finally {
  await rm(home, { recursive: true, force: true });
}
