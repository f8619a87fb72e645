import { BridgeError } from "../kernel/errors.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import { graceSeconds } from "../command/plan.ts";
import type { CommandPlan } from "../command/plan.ts";
import { composePage, composeRecover } from "../command/runner/compose.ts";
import { parseReport } from "../command/runner/report.ts";
import type { Report } from "../command/runner/report.ts";
import { readBare } from "../output/bare.ts";
import { fetchInline } from "../output/inline.ts";
import type { Captured, Reply } from "../output/packed.ts";
import type { FollowUp } from "./follow-up.ts";
import type { Ports } from "./ports.ts";

type Ended = Extract<Report, { kind: "ended" }>;

/** What a command left: the runner's account, and its output. */
export type Gathered = { report: Ended | undefined; captured: Captured };

/**
 * Gathers the output of a command that has ended. Where the runner could not give its account (it was cancelled, killed,
 * or its reply got lost) a follow-up makes sure that the command is dead and fetches what it wrote.
 * Throws `setting-invalid` if the runner refused the command, `output-incomplete` if its output cannot be had whole.
 */
export async function gather(
  { log }: Ports,
  plan: CommandPlan,
  ended: { command: CommandOnNode; reply: Reply },
  followUp: FollowUp,
  signal: AbortSignal,
): Promise<Gathered> {
  if (plan.runner === "none") return gatherBare(log, plan, ended.reply);
  const { runId, platform, target } = plan;
  let reply = ended.reply;
  let report = parseReport(reply.stdout, runId);
  if (!report) {
    const text = composeRecover({
      runId,
      platform,
      graceSeconds,
      maxBytes: plan.outputLimitBytes,
      commandId: ended.command.commandId,
    });
    reply = await followUp(text, signal);
    report = parseReport(reply.stdout, runId);
  }
  if (!report || report.kind === "gone")
    return { report: undefined, captured: readBare(ended.reply) };
  if (report.kind === "refused") throw refusal(reply, target, report.reason);
  const captured = await fetchInline(report, reply, (page, last) =>
    followUp(composePage({ runId, platform, page, last }), signal),
  ).catch((error: unknown) => {
    throw located(error, target);
  });
  tellLimits(log, plan, report);
  return { report, captured };
}

function gatherBare(
  log: Ports["log"],
  { target }: CommandPlan,
  reply: Reply,
): Gathered {
  const captured = readBare(reply);
  if (captured.cut)
    log.note(
      `${target}: SSM has cut the output; ssm-runner=full or cloudwatch-log-group gives all of it`,
    );
  return { report: undefined, captured };
}

function tellLimits(
  log: Ports["log"],
  { target }: CommandPlan,
  report: Ended,
): void {
  if (report.cut.length > 0)
    log.note(
      `${target}: only the first bytes of ${report.cut.join(" and ")} are shown, as ssm-output-limit says; raise it, or set cloudwatch-log-group for all of the output`,
    );
  if (report.incomplete)
    throw new BridgeError(
      "output-incomplete",
      `${target}: the node could not keep all of the output; its disk is full`,
    );
}

/** The runner's own sentence, the last line of stderr that begins with our name. */
function refusal(
  reply: Reply,
  target: string,
  reason: Extract<Report, { kind: "refused" }>["reason"],
): BridgeError {
  const sentence = /^rundeck-ssm: (.*?)(?:failed to run commands.*)?$/m.exec(
    reply.stderr,
  )?.[1];
  return new BridgeError(
    reason === "no-room" ? "output-incomplete" : "setting-invalid",
    `${target}: ${sentence ?? "the node refused the settings of the command"}`,
  );
}

/** Names the node in an error of the pure readers. */
function located(error: unknown, target: string): unknown {
  return error instanceof BridgeError && error.code === "output-incomplete"
    ? new BridgeError(error.code, `${target}: ${error.message}`, {
        cause: error,
      })
    : error;
}

/** What SSM itself shows of a command. */
export function replyOf(invocation: Invocation): Reply {
  return { stdout: invocation.stdout, stderr: invocation.stderr };
}
