import { afterEach, describe, expect, it } from "vitest";
import type { Check } from "../../src/doctor/check.ts";
import { examine } from "../../src/doctor/examine.ts";
import { nobody } from "../../src/doctor/context.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { commandLineHost } from "../../src/main/cli-exec.ts";
import { describeSubject } from "../../src/main/run-executor.ts";
import type { Service } from "../../src/rundeck/host.ts";
import { openServices } from "../../src/services/services.ts";
import { layersFromOptions } from "../../src/settings/options.ts";
import { rundeck } from "../support/doctor.ts";
import { never } from "../support/ports.ts";

let aws: LocalAws;
afterEach(async () => aws.close());

/** What the command line's doctor finds of these nodes, without a trip. */
async function look(
  instances: readonly string[],
  variables: Record<string, string> = {},
): Promise<Check[]> {
  const environment = {
    AWS_ACCESS_KEY_ID: rundeck.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rundeck.secretAccessKey,
    AWS_ENDPOINT_URL: aws.endpoint,
    ...variables,
  };
  const layersOf = (service: Service, instanceId: string) =>
    layersFromOptions(
      service,
      [
        ["region", aws.region],
        ["instance", instanceId],
      ],
      environment,
    );
  const checks: Check[] = [];
  for await (const stage of examine({
    program: {
      version: "0.1.0",
      nodeVersion: "22.0.0",
      nodePath: "/usr/bin/node",
      bashVersion: "5.2",
      folder: "/nonexistent",
      user: { uid: 1, name: "rundeck" },
      differing: [],
      sidecars: [],
    },
    layersFor: (instanceId = nobody) => ({
      executor: layersOf("NodeExecutor", instanceId),
      copier: layersOf("FileCopier", instanceId),
    }),
    instances,
    trip: "skip",
    host: commandLineHost("NodeExecutor", ""),
    environment,
    clock: systemClock(),
    signal: never,
    openServices,
    subjectOf: describeSubject,
  }))
    checks.push(...stage);
  return checks;
}

const told = (checks: readonly Check[], ...stages: Check["stage"][]) =>
  checks
    .filter(({ stage }) => stages.includes(stage))
    .filter(({ state }) => state === "problem" || state === "skipped")
    .map(
      ({ stage, name, state, says }) => `${stage} ${name} ${state}: ${says}`,
    );

describe("several nodes", () => {
  it.each([
    ["last", ["i-00000000000000001", "web-1"]],
    ["first", ["web-1", "i-00000000000000001"]],
  ])(
    "of which the %s has wrong settings are all looked at",
    async (_, instances) => {
      aws = await startLocalAws({ nodes: 1 });
      const checks = await look(instances);
      expect(checks).toContainEqual(
        expect.objectContaining({
          stage: "settings",
          name: "web-1 instanceId",
          state: "problem",
          code: "setting-invalid",
          says: expect.stringContaining('"web-1", from option --instance'),
        }),
      );
      expect(told(checks, "node", "trip").toSorted()).toEqual([
        "node web-1 node skipped: not tried: see settings: web-1 instanceId",
        "trip trip skipped: only with --run: it runs a command on the node",
        "trip web-1 trip skipped: not tried: see settings: web-1 instanceId",
      ]);
      expect(checks).toContainEqual(
        expect.objectContaining({
          name: "i-00000000000000001 registration",
          state: "ok",
        }),
      );
      expect(checks.filter((one) => one.name === "region")).toHaveLength(1);
    },
  );
});

it("what the environment names and can't be read is a problem, and nothing is tried", async () => {
  aws = await startLocalAws({ nodes: 2 });
  const checks = await look(aws.instanceIds, { AWS_CA_BUNDLE: "/nonexistent" });
  expect(told(checks, "settings")).toEqual([
    "settings environment problem: AWS_CA_BUNDLE in the server's environment names /nonexistent, which can't be read",
  ]);
  expect(
    told(checks, "network", "credentials", "permissions", "node", "trip"),
  ).toEqual(
    ["network", "credentials", "permissions", "node", "trip"].map(
      (stage) =>
        `${stage} ${stage} skipped: not tried: see settings: environment`,
    ),
  );
});
