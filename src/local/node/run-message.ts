import { downloadContent } from "./download.ts";
import type { AgentMessage, Step } from "./message.ts";
import { type PluginReply, replyWithoutRun } from "./reply.ts";
import { runScriptStep, type StepTools } from "./step.ts";

/** Runs a command's steps one after the other, and tells each end that others follow. Undefined: the machine is down and will not answer. */
export async function runMessage(
  message: AgentMessage,
  {
    cancel,
    report,
  }: { cancel: AbortSignal; report: (plugins: PluginReply[]) => void },
  tools: StepTools,
): Promise<PluginReply[] | undefined> {
  const { steps } = message;
  const replies: PluginReply[] = [];
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const isOver = replies.some((reply, at) => endsDocument(steps[at], reply));
    const next = isOver && !(isLast && step.isFinally) ? skipped(step) : step;
    const reply = await runStep(message, next, cancel, tools);
    if (reply === undefined) return undefined;
    replies.push(withModifier(next, reply));
    if (!isLast) report([...replies]);
  }
  return replies;
}

/** Codes by which a script ends its document, as a success and as a failure. Source: SSM agent 3.3. */
const exitCodes = { success: 168, failure: 169 };

function endsDocument(step: Step | undefined, reply: PluginReply): boolean {
  const { responseCode, status } = reply;
  return (
    responseCode === exitCodes.success ||
    responseCode === exitCodes.failure ||
    (status === "Failed" && step?.onFailure === "exit") ||
    (status === "Success" && step?.onSuccess === "exit")
  );
}

function skipped({ plugin, id }: Step): Step {
  return {
    kind: "skipped",
    plugin,
    ...(id === undefined ? {} : { id }),
    reason: `Plugin with name ${plugin} and id ${id ?? plugin} skipped due to prior step with an exit condition`,
  };
}

const modifierSentence =
  "\nStep was found to have onFailure property. Further document steps will be skipped.";

function withModifier(step: Step, reply: PluginReply): PluginReply {
  const { onFailure } = step;
  const isSteered = Object.values(exitCodes).includes(reply.responseCode);
  if (onFailure === undefined || reply.status !== "Failed" || isSteered)
    return reply;
  return {
    ...reply,
    stdout: reply.stdout + modifierSentence,
    stderr: reply.stderr + modifierSentence,
    ...(onFailure === "successAndExit"
      ? {
          status: "Success",
          statusDetails: "Success",
          responseCode: exitCodes.success,
        }
      : {}),
  };
}

async function runStep(
  message: AgentMessage,
  step: Step,
  cancel: AbortSignal,
  tools: StepTools,
): Promise<PluginReply | undefined> {
  switch (step.kind) {
    case "script":
      return await runScriptStep(message, step, cancel, tools);
    case "download":
      return await downloadContent(message, step, tools);
    case "unresolved":
    case "skipped":
      return replyWithoutRun(step, tools.clock.now());
  }
}
