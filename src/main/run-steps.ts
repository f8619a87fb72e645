import type { Documents, StepList } from "../aws/documents.ts";
import type { CommandPlan } from "../command/plan.ts";
import { settleMsOf } from "../command/document/plan.ts";
import type { OutputPorts, Ports } from "../exec/ports.ts";
import { callOf } from "../exec/retry.ts";
import { runCommand } from "../exec/run.ts";
import type { Ran } from "../exec/run.ts";
import { namelessStep, openSteps } from "../exec/steps/steps.ts";
import type { StepSource } from "../exec/steps/steps.ts";
import { watchSteps } from "../exec/steps/watch-steps.ts";
import type { Run } from "../exec/watch.ts";
import { BridgeError } from "../kernel/errors.ts";
import { unlessAborted } from "../output/unless-aborted.ts";
import type { DocumentServices } from "../services/document-services.ts";
import type { StepSettings } from "../settings/parse-step.ts";
import { dataOfEnd, dataOfSend } from "./document-data.ts";
import { newObjectName } from "./names.ts";
import { outputOf } from "./shell.ts";
import type { Shell } from "./shell.ts";

/** What a document step works with. */
export type StepPorts = Ports & { documents: Documents } & Pick<
    DocumentServices,
    "openLogs"
  >;

/** Sends a document and follows it step by step; what later steps of the job may want to know is written when it is known. */
export async function runSteps(
  shell: Shell,
  ports: StepPorts,
  plan: CommandPlan,
  settings: StepSettings,
): Promise<Ran> {
  const { signal, last, stdout } = shell;
  let listing: StepList | undefined;
  const list = openList(ports);
  const ran = await runCommand(
    { ...ports, openBucket },
    plan,
    {
      newObjectName,
      output: outputOf(shell),
      tell: async ({ commandId }) => {
        if (commandId === undefined) return;
        await unlessAborted(stdout.writeLine(dataOfSend(commandId)), signal);
      },
      openWatcher: (run) => {
        const source: StepSource = {
          list: async (until) => (listing = await list(run, until)),
          ...logsOf(settings),
        };
        return watchSteps(openSteps(run, source));
      },
    },
    { signal, last },
  );
  const data = listing ? dataOfEnd(listing, ran.outcome) : "";
  if (data !== "") await unlessAborted(stdout.writeLine(data), signal);
  return ran;
}

function logsOf(settings: StepSettings): Pick<StepSource, "logs"> {
  const { logGroup: group } = settings;
  return group === undefined
    ? {}
    : { logs: { group, settleMs: settleMsOf(settings) } };
}

/** No output of a document's comes that way. */
const openBucket: OutputPorts["openBucket"] = () =>
  Promise.reject(new BridgeError("defect", "a document has no output bucket"));

/** How a command's steps are asked for: by a list or, where that is denied, as a command of one step without a name. */
function openList(ports: StepPorts) {
  let isDenied = false;
  return async (
    { command }: Run,
    signal: AbortSignal,
  ): Promise<StepList | undefined> => {
    const call = callOf(ports, signal);
    if (!isDenied)
      try {
        return await ports.documents.listSteps(command, call);
      } catch (error) {
        if (!(error instanceof BridgeError && error.failure?.denied))
          throw error;
        isDenied = true;
        ports.log.note(
          `${ports.subject.target}: ssm:ListCommandInvocations is denied, so the document's steps can't be told apart, and of several no output is to be had`,
        );
      }
    const { status, responseCode } = await ports.ssm.read(command, call);
    const step = { name: namelessStep, status, responseCode };
    return { status, steps: [step] };
  };
}
