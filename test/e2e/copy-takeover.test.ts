import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import { copier } from "../../src/main/entries.ts";
import { handoverOf, liveAndDie } from "../support/mortal.ts";
import type { Death } from "../support/mortal.ts";
import { machineMs } from "../support/patience.ts";
import { copierEnvironment, runPlugin } from "../support/plugin.ts";

const bucket = "pass-through";
const folder = mkdtempSync(path.join(tmpdir(), "bridge-copy-takeover-"));
const files = {
  /** One command. */
  small: Buffer.from("#!/bin/sh\necho deployed\n"),
  /** Several commands without a bucket, one put with it. */
  middle: randomBytes(120_000),
  /** Several parts. */
  large: randomBytes(20_000_000),
};
let local: LocalAws;
let folders = 0;

beforeAll(async () => {
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, name), content);
  local = await startLocalAws({ folder, nodes: 1, bucket });
});
afterAll(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => local.faults.deniedActions.clear());

/** A copy into a folder of its own. */
function environmentOf(
  name: keyof typeof files,
  through: string | undefined,
): Record<string, string> {
  const to = path.join(folder, `to-${++folders}`);
  mkdirSync(to);
  return copierEnvironment(
    local,
    local.instanceIds[0] ?? "",
    { file: path.join(folder, name), destination: to },
    through === undefined ? {} : { RD_CONFIG_SSM_COPIER_BUCKET: through },
  );
}

/** Lets one process die, and another one do the copy again. */
async function takeOver(
  name: keyof typeof files,
  through: string | undefined,
  death: Death,
  killedMsAgo?: number,
) {
  const environment = environmentOf(name, through);
  const to = environment["RD_FILE_COPY_DESTINATION"] ?? "";
  const first = await liveAndDie(copier, { ...environment }, death);
  const second = await runPlugin("FileCopier", {
    ...environment,
    ...handoverOf(first, killedMsAgo),
  });
  return { to, first, second };
}

/** What is where, but for the file itself. */
const traces = (to: string, name: string) => ({
  objects: local.s3.keysOf(bucket),
  uploads: local.s3.uploadsOf(bucket),
  files: readdirSync(to).filter((left) => left !== name),
});
const nothing = { objects: [], uploads: [], files: [] };

/** Dies at a call for the n-th time: before it, or before its answer has come. */
const at =
  (kind: "call" | "answer", name: string, times = 1): Death =>
  ({ calls }, moment) =>
    moment.kind === kind &&
    moment.name === name &&
    calls.filter((call) => call === name).length === times;

const deaths: [string, keyof typeof files, string | undefined, Death][] = [
  ["before its command is sent", "small", undefined, at("call", "send")],
  ["while its command is sent", "small", undefined, at("answer", "send")],
  ["while its command runs", "small", undefined, at("call", "read")],
  [
    "when its command has ended",
    "small",
    undefined,
    ({ traces: told }, { kind }) => kind === "trace" && told.length === 4,
  ],
  ["between its commands", "middle", undefined, at("answer", "send", 3)],
  [
    "while its last command is sent",
    "middle",
    undefined,
    at("answer", "send", 4),
  ],
  ["before its object is put", "middle", bucket, at("call", "put")],
  ["while its object is put", "middle", bucket, at("answer", "put")],
  ["while the node fetches", "middle", bucket, at("answer", "send")],
  ["while an upload is begun", "large", bucket, at("call", "startUpload")],
  ["while parts are uploaded", "large", bucket, at("answer", "putPart", 3)],
  [
    "while an upload is completed",
    "large",
    bucket,
    at("answer", "completeUpload"),
  ],
  ["before its object is removed", "large", bucket, at("call", "remove")],
];

describe("a copy whose process died", () => {
  it.each(deaths)("is done again, dead %s", async (_, name, through, death) => {
    const { to, first, second } = await takeOver(name, through, death);
    expect(first.exitCode).toBeUndefined();
    expect([second.exitCode, second.stderr]).toEqual([0, ""]);
    const arrived = path.join(to, name);
    expect(second.stdout.toString()).toBe(`${arrived}\n`);
    expect(readFileSync(arrived).equals(files[name])).toBe(true);
    expect(traces(to, name)).toEqual(nothing);
  });

  it.each(deaths)(
    "leaves nothing where it was killed, dead %s",
    async (_, name, through, death) => {
      const { to, second } = await takeOver(name, through, death, 500);
      expect([second.exitCode, second.stdout.toString()]).toEqual([143, ""]);
      expect(second.stderr).toMatch(
        /^rundeck-ssm: cancelled: .*killed by Rundeck, (and ended|never begun)[^\n]*\n$/,
      );
      expect(second.ms).toBeLessThan(13_500 + machineMs);
      expect(traces(to, name)).toEqual(nothing);
    },
  );

  it("is done again where its commands may not be cancelled", async () => {
    local.faults.deniedActions.add("ssm:CancelCommand");
    const death = at("answer", "send");
    const { to, second } = await takeOver("large", bucket, death);
    expect(second.exitCode).toBe(0);
    expect(traces(to, "large")).toEqual(nothing);
  });

  it("prints no path again that was printed", async () => {
    const environment = environmentOf("small", undefined);
    const first = await liveAndDie(copier, { ...environment }, () => false);
    expect(first.exitCode).toBe(0);
    const again = { ...environment, ...handoverOf(first) };
    const { exitCode, stdout } = await runPlugin("FileCopier", again);
    expect([exitCode, stdout.toString()]).toEqual([0, ""]);
  });

  it("is not done again where nothing is known of it", async () => {
    const { exitCode, stderr } = await runPlugin("FileCopier", {
      ...copierEnvironment(local, local.instanceIds[0] ?? "", {
        file: path.join(folder, "small"),
        destination: folder,
      }),
      RUNDECK_SSM_SIDECAR: "off",
      RUNDECK_SSM_RESUME: "nonsense 0 0",
    });
    expect(exitCode).toBe(70);
    expect(stderr).toMatch(/^rundeck-ssm: defect: .*nonsense.*\n$/);
  });
});
