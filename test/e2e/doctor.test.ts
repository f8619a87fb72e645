import { describe, expect, it } from "vitest";
import { systemLocalClock } from "../../src/local/clock.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws, LocalAwsOptions } from "../../src/local/local-aws.ts";
import { lacking, rundeck } from "../support/doctor.ts";
import {
  firstNamed,
  parseDoctor,
  runDoctor,
  runDoctorStep,
  startServer,
} from "../support/doctor-run.ts";

const id = "i-0123456789abcdef0";
const clock = systemLocalClock();

/** Something that is wrong, and what has to be named first. */
type SetUp = {
  local?: LocalAwsOptions;
  arrange?: (aws: LocalAws) => void;
  /** Of the Rundeck server, beside its keys. */
  server?: Record<string, string>;
  settings?: string[];
  first: { stage: string; name: string; state: string; says: RegExp };
  /** What is warned of, too. */
  warned?: string;
  exitCode: number;
};

const setUps: Record<string, SetUp> = {
  "the wrong region": {
    local: { nodes: [{ instanceId: id, region: "eu-west-3" }] },
    first: {
      stage: "node",
      name: "registration",
      state: "problem",
      says: /eu-west-3/,
    },
    exitCode: 69,
  },
  "the wrong account": {
    local: { nodes: [{ instanceId: id, account: "444455556666" }] },
    first: {
      stage: "node",
      name: "registration",
      state: "problem",
      says: /account 111122223333 has no such instance/,
    },
    exitCode: 69,
  },
  "a stopped node": {
    local: { nodes: 0, instances: [{ instanceId: id, state: "stopped" }] },
    first: {
      stage: "node",
      name: "registration",
      state: "problem",
      says: /stopped/,
    },
    exitCode: 69,
  },
  "no role on the node": {
    local: { nodes: 0, instances: [{ instanceId: id, profileArn: undefined }] },
    first: {
      stage: "node",
      name: "registration",
      state: "problem",
      says: /no instance profile/,
    },
    exitCode: 69,
  },
  "an old agent": {
    local: {
      nodes: [{ instanceId: id, agentVersion: "2.2.619.0" }],
      logGroup: "commands",
    },
    settings: ["--cloudwatch-log-group", "commands"],
    first: {
      stage: "node",
      name: "agent",
      state: "warning",
      says: /2\.2\.619\.0.* older than 2\.2\.800\.0/,
    },
    exitCode: 0,
  },
  "CancelCommand denied": {
    arrange: (aws) =>
      aws.identities.add({
        ...rundeck,
        policies: lacking("ssm:CancelCommand"),
      }),
    first: {
      stage: "permissions",
      name: "ssm:CancelCommand",
      state: "warning",
      says: /ssm:CancelCommand/,
    },
    exitCode: 0,
  },
  "an expired session": {
    arrange: (aws) =>
      aws.identities.add({
        ...rundeck,
        sessionToken: "of-yesterday",
        expiresAtEpochMs: clock.now() - 86_400_000,
      }),
    server: { AWS_SESSION_TOKEN: "of-yesterday" },
    first: {
      stage: "credentials",
      name: "caller",
      state: "problem",
      says: /have expired/,
    },
    exitCode: 77,
  },
  "a dead proxy": {
    server: { HTTP_PROXY: "http://ada:geheim@127.0.0.1:9" },
    first: {
      stage: "network",
      name: "ssm",
      state: "problem",
      says: /the proxy 127\.0\.0\.1:9 .*refuses connections/,
    },
    exitCode: 75,
  },
  "a bucket in another region without a lifecycle rule": {
    arrange: (aws) =>
      aws.s3.createBucket("far-files", {
        region: "eu-west-3",
        publicAccessBlock: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      }),
    settings: ["--ssm-copier-bucket", "far-files"],
    first: {
      stage: "permissions",
      name: "far-files: region",
      state: "warning",
      says: /eu-west-3/,
    },
    warned: "far-files: lifecycle",
    exitCode: 0,
  },
  "a clock that is off": {
    local: { clock: { ...clock, now: () => clock.now() + 3_600_000 } },
    first: {
      stage: "network",
      name: "clock",
      state: "warning",
      says: /60 min behind AWS's/,
    },
    exitCode: 0,
  },
};

async function examine({ local, arrange, server = {}, settings = [] }: SetUp) {
  await using aws = await startLocalAws({
    nodes: [{ instanceId: id }],
    strict: true,
    ...local,
  });
  aws.identities.add(rundeck);
  arrange?.(aws);
  using process = await startServer({ ...environmentOf(aws), ...server });
  const words = [
    `--instance=${id}`,
    `--region=${aws.region}`,
    `--server-pid=${process.pid}`,
    ...settings,
  ];
  const json = await runDoctor([...words, "--json"]);
  const table = await runDoctor(words);
  const sent = aws.requests.filter(
    ({ operation, outcome }) => operation === "SendCommand" && outcome === "ok",
  );
  return { json, table, sent };
}

describe("a set-up in which something is wrong", () => {
  it.each(Object.entries(setUps))("has %s named first", async (_, setUp) => {
    const { json, table, sent } = await examine(setUp);
    const { first, exitCode, warned = first.name } = setUp;
    const checks = parseDoctor(json);
    const named = firstNamed(checks);
    expect(named).toMatchObject({
      ...first,
      says: expect.stringMatching(first.says),
      remedy: expect.stringMatching(/\w/),
    });
    expect(checks.find(({ name }) => name === warned)?.state).toBe(first.state);
    expect(json).toMatchObject({ exitCode, stderr: "" });
    expect(table).toMatchObject({ exitCode, stderr: "" });
    const sign = first.state === "problem" ? "✗" : "!";
    const lines = table.stdout.split("\n");
    const at = lines.findIndex(
      (line) =>
        line.startsWith(`  ${sign} ${first.name} `) && first.says.test(line),
    );
    expect(at).toBeGreaterThan(0);
    expect(lines[at + 1]?.trim()).toMatch(/^→ \w/);
    expect(table.stdout).not.toContain("\u001b");
    for (const text of [json.stdout, table.stdout]) {
      expect(text).not.toContain("geheim");
      expect(text).not.toContain(rundeck.secretAccessKey);
    }
    // nothing was done anywhere
    expect(sent).toEqual([]);
  });
});

describe("the doctor", () => {
  it("is content with a set-up that works, as its server's environment says and not as the shell's", async () => {
    await using aws = await startLocalAws({ nodes: 2, strict: true });
    aws.identities.add(rundeck);
    using server = await startServer(environmentOf(aws));
    const { stdout, exitCode } = await runDoctor(
      [
        `--region=${aws.region}`,
        `--server-pid=${server.pid}`,
        ...aws.instanceIds.flatMap((each) => ["--instance", each]),
      ],
      { AWS_PROFILE: "of-the-shell", COLORTERM: "truecolor" },
    );
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("✗");
    expect(stdout).toMatch(
      /✓ environment +the server's counts; ours differs in .*AWS_PROFILE/,
    );
    for (const each of aws.instanceIds)
      expect(stdout).toContain(`✓ ${each} registration`);
    expect(stdout.match(/^credentials$/gm)).toHaveLength(1);
    expect(stdout.match(/^node$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/\nno problems, (?:no|1) warnings?\n$/);
  });

  it("needs no node", async () => {
    await using aws = await startLocalAws({ nodes: 0, strict: true });
    aws.identities.add(rundeck);
    using server = await startServer(environmentOf(aws));
    const run = await runDoctor([
      `--region=${aws.region}`,
      `--server-pid=${server.pid}`,
      "--json",
    ]);
    const checks = parseDoctor(run);
    expect(run.exitCode).toBe(0);
    const skipped = checks.filter(({ state }) => state === "skipped");
    expect(skipped).toMatchObject([
      { stage: "node", says: expect.stringContaining("--instance") },
      { stage: "trip", says: expect.stringContaining("--instance") },
    ]);
    expect(checks.filter(({ stage }) => stage === "permissions")).not.toEqual(
      [],
    );
  });

  it("goes no further than wrong settings", async () => {
    using server = await startServer({});
    const run = await runDoctor([
      "--region=Ireland",
      `--server-pid=${server.pid}`,
      "--json",
    ]);
    expect(run.exitCode).toBe(78);
    expect(firstNamed(parseDoctor(run))).toMatchObject({
      stage: "settings",
      name: "region",
    });
    expect(
      new Set(
        parseDoctor(run)
          .filter(({ state }) => state === "skipped")
          .map(({ stage, says }) => `${stage}: ${says}`),
      ),
    ).toEqual(
      new Set(
        ["network", "credentials", "permissions", "node", "trip"].map(
          (stage) => `${stage}: not tried: see settings: region`,
        ),
      ),
    );
  });

  it.each([
    [["--server-pid", "x"], /--server-pid is "x"/],
    [["--server-pid", "2147483647"], /--server-pid is "2147483647"/],
    [["--server-pid"], /--server-pid has no value/],
    [["word"], /write rundeck-ssm doctor/],
    [["--nonsense"], /there is no option "--nonsense"/],
    [["--instance", "i-1", "--instanceId", "i-2"], /no option "--instanceId"/],
  ])("refuses %j by one line", async (words, line) => {
    const { stdout, stderr, exitCode } = await runDoctor(words);
    expect([stdout, exitCode]).toEqual(["", 78]);
    expect(stderr).toMatch(/^rundeck-ssm: setting-\w+: .*\n$/);
    expect(stderr).toMatch(line);
  });
});

describe("the node step", () => {
  it("looks at the node that Rundeck names, by the layers of its executions", async () => {
    await using aws = await startLocalAws({ nodes: 1, strict: true });
    aws.identities.add(rundeck);
    const { stdout, stderr, exitCode } = await runDoctorStep({
      ...environmentOf(aws),
      ...nodeVariables(aws),
      RD_NODE_SSM_RUN_AS: "deploy",
    });
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout).toContain('"deploy", from node attribute ssm-run-as');
    expect(stdout).toMatch(/✓ registration +Online/);
    expect(stdout).toMatch(/– trip +only with --run/);
  });

  it("makes a round trip where its field asks for one", async () => {
    await using aws = await startLocalAws({ nodes: 1, strict: true });
    aws.identities.add(rundeck);
    const { stdout, exitCode } = await runDoctorStep({
      ...environmentOf(aws),
      ...nodeVariables(aws),
      RD_CONFIG_RUN: "true",
    });
    expect(stdout).toMatch(/✓ round trip +[\d.]+ s from the send/);
    expect(exitCode).toBe(0);
    const sent = aws.requests.filter(
      (request) =>
        request.operation === "SendCommand" && request.outcome === "ok",
    );
    expect(sent).toHaveLength(1);
  });

  it("takes keys from its own fields", async () => {
    await using aws = await startLocalAws({ nodes: 1, strict: true });
    const keys = { accessKeyId: "AKIASTEP", secretAccessKey: "of-the-step" };
    aws.identities.add({ ...rundeck, ...keys });
    const { stdout, exitCode } = await runDoctorStep({
      AWS_ENDPOINT_URL: aws.endpoint,
      ...nodeVariables(aws),
      RD_CONFIG_SSM_ACCESSKEYID: keys.accessKeyId,
      RD_CONFIG_SSM_SECRETKEY: keys.secretAccessKey,
      RD_NODE_SSM_SECRETKEY: "keys/aws/secret",
      RD_NODE_SSM_ACCESSKEYID: "AKIAOTHER",
    });
    expect(stdout).toContain("(secret), from step property ssm-secretKey");
    expect(stdout).toContain(rundeck.arn);
    expect(stdout).not.toContain(keys.secretAccessKey);
    expect(exitCode).toBe(0);
  });

  it("fails with the code of the first problem", async () => {
    await using aws = await startLocalAws({ nodes: 1, strict: true });
    const { stdout, exitCode } = await runDoctorStep({
      ...environmentOf(aws),
      ...nodeVariables(aws),
    });
    expect(stdout).toMatch(/✗ caller +AWS does not know the access key/);
    expect(exitCode).toBe(77);
  });
});

function environmentOf({ endpoint }: LocalAws): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: rundeck.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rundeck.secretAccessKey,
    AWS_ENDPOINT_URL: endpoint,
  };
}

function nodeVariables({ region, instanceIds }: LocalAws) {
  return {
    RD_NODE_NAME: "web-1",
    RD_NODE_INSTANCEID: instanceIds[0] ?? "",
    RD_NODE_REGION: region,
    RD_RUNDECK_PROJECT: "shop",
    RD_JOB_EXECID: "42",
  };
}
