import { randomBytes } from "node:crypto";
import { planCommand } from "../../command/plan.ts";
import { runCommand } from "../../exec/run.ts";
import { delaySignal, killLimitMs } from "../../exec/signals.ts";
import { regionHost } from "../../kernel/partition.ts";
import type { Outcome } from "../../kernel/outcome.ts";
import { composeComment } from "../../rundeck/comment.ts";
import type { ExecutorSettings } from "../../settings/settings.ts";
import { check } from "../check.ts";
import type { Finding } from "../check.ts";
import type { Context, Stage } from "../context.ts";
import {
  describeNotes,
  describeReach,
  describeRoom,
  describeShell,
  describeTools,
  describeUser,
  findingOfOutcome,
} from "./findings.ts";
import { composeTrip, parseTrip } from "./script.ts";
import type { TripReport, TripWords } from "./script.ts";

const stage = "trip" as const;

/** A node that is busy may take its time; one that takes longer is told so. */
const deliverySeconds = 60;
const executionSeconds = 60;

/** One command to the node, by the executor's own way, that looks at what the node has. */
export const checkTrip: Stage = async (context) => {
  const { settings } = context.executor;
  const { lacks } = context.known;
  const words = wordsOf(context);
  const notes: string[] = [];
  let report: TripReport | undefined;
  const needs = ["ssm", "credentials", "send", "node"] as const;
  const trip = await check(
    { stage, name: "round trip" },
    { needs, lacks },
    async () => {
      if (isOfAnotherKind(settings)) return untried;
      const made = await makeTrip(context, words, notes);
      report = made.report;
      return made.finding;
    },
  );
  if (trip.state === "skipped") return [trip];
  return [
    trip,
    ...listFindings(context, words, notes).map(([name, find]) => ({
      stage,
      name,
      ...(report ? find(report) : unseen),
    })),
  ];
};

const unseen: Finding = {
  state: "skipped",
  says: "not told: see trip: round trip",
};

type Finder = [name: string, find: (report: TripReport) => Finding];

function listFindings(
  { executor, copier }: Context,
  { shell, s3, logs }: TripWords,
  notes: readonly string[],
): Finder[] {
  const { subject } = executor;
  const bucket = copier?.settings.bucket;
  const finders: Finder[] = [
    ["user", describeUser],
    ["room", describeRoom],
    ["tools", (report) => describeTools(report, bucket)],
  ];
  if (shell !== undefined)
    finders.push([
      "shell",
      (report) => describeShell(report, subject.setting("ssm-shell")),
    ]);
  if (s3 !== undefined) {
    const without =
      bucket === undefined
        ? "large output comes through Systems Manager"
        : "a file that does not fit into commands can't be copied to it";
    finders.push(["S3", (report) => describeReach(report.s3, without)]);
  }
  if (logs !== undefined)
    finders.push(
      [
        "CloudWatch Logs",
        (report) => describeReach(report.logs, "output comes at the end"),
      ],
      ["log group", () => describeNotes(notes)],
    );
  return finders;
}

/** A document that does something else than to run commands is not started to look at a node. */
function isOfAnotherKind({ documentName, runner }: ExecutorSettings): boolean {
  return documentName !== undefined && runner === "none";
}

const untried: Finding = {
  state: "skipped",
  says: "ssm-document-name with ssm-runner none may do anything: it is not started for a look",
};

type Trip = { finding: Finding; report: TripReport | undefined };

async function makeTrip(
  context: Context,
  words: TripWords,
  notes: string[],
): Promise<Trip> {
  const { clock } = context;
  const startedAtEpochMs = clock.now();
  const { outcome, output } = await runOnNode(context, words, notes);
  const seconds = ((clock.now() - startedAtEpochMs) / 1_000).toFixed(1);
  const failed = findingOfOutcome(outcome);
  if (failed) return { finding: failed, report: undefined };
  const report = parseTrip(output);
  return {
    report,
    finding: report
      ? { state: "ok", says: `${seconds} s from the send to the last byte` }
      : {
          state: "problem",
          code: "output-incomplete",
          says: "the command ended well, but what came of its output is not what it wrote",
          remedy:
            "look at the command in Run Command's history; a document of your own has to run its commands in a shell",
        },
  };
}

async function runOnNode(
  context: Context,
  words: TripWords,
  notes: string[],
): Promise<{ outcome: Outcome; output: string }> {
  const { executor, host, clock, signal } = context;
  const { settings, subject, services } = executor;
  const { ssm, openLogs, openObjects } = services;
  const { shell: _, ...common } = settings;
  const command = composeTrip(settings.osFamily, words);
  const { instanceId } = settings;
  const runId = ssm.newRunId({ instanceId, work: () => command });
  const plan = planCommand({
    ...common,
    ...subject,
    platform: settings.osFamily,
    command,
    runId,
    comment: composeComment(host.execution, runId),
    variables: new Map(),
    deliveryTimeoutSeconds: deliverySeconds,
    executionTimeoutSeconds: executionSeconds,
  });
  const chunks: Uint8Array[] = [];
  const { outcome } = await runCommand(
    {
      ssm,
      clock,
      log: { note: (text) => void notes.push(text) },
      random: Math.random,
      subject,
      told: new Set(),
      openLogs,
      openBucket: (bucket) =>
        openObjects({ bucket, setting: "ssm-output-bucket" }),
    },
    plan,
    {
      newObjectName: () => randomBytes(16).toString("hex"),
      output: async (stream, bytes) => {
        if (stream === "stdout") chunks.push(bytes);
      },
    },
    { signal, last: delaySignal({ clock }, signal, killLimitMs) },
  );
  return { outcome, output: Buffer.concat(chunks).toString() };
}

/** What the node is asked: the shell that is set, and what of AWS it has to reach beside Systems Manager, where AWS's clients on it ask. */
function wordsOf({ executor, copier, known }: Context): TripWords {
  const { settings } = executor;
  const { region, shell, osFamily, logGroup } = settings;
  const bucket = copier?.settings.bucket ?? settings.outputBucket;
  const bucketRegion =
    bucket === undefined ? undefined : known.bucketRegions?.get(bucket);
  return {
    ...(shell === undefined || osFamily === "windows" ? {} : { shell }),
    ...(bucket === undefined
      ? {}
      : { s3: `https://s3.${regionHost(bucketRegion ?? region)}` }),
    ...(logGroup === undefined
      ? {}
      : { logs: `https://logs.${regionHost(region)}` }),
  };
}
