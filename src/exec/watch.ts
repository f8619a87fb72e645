import type { Outcome } from "../kernel/outcome.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import type { CommandPlan } from "../command/plan.ts";
import type { Ended } from "../command/runner/report.ts";
import type { Delivery } from "../output/delivery.ts";
import type { Reply } from "../output/packed.ts";
import type { Following, FollowOptions } from "./follow.ts";
import type { FollowUp } from "./follow-up.ts";
import type { OutputPorts, Ports } from "./ports.ts";

/** A command on its node, and where its output goes. */
export type Run = {
  ports: Ports & OutputPorts;
  plan: CommandPlan;
  command: CommandOnNode;
  delivery: Delivery;
  followUp: FollowUp;
  /** Whether a follow-up has seen to it that the run's private files are gone; a runner that ends by itself removes them. */
  spool: { isRemoved: boolean };
  /** 24 hex digits that nobody can guess, and that nothing else has. */
  newRunId: () => string;
};

/** Why watching ended. */
export type Watched =
  | Following
  /** The runner's own account has come, and all of the output, before AWS says that the command has ended. */
  | { kind: "told"; outcome: Outcome };

/** A way to get a command's output. */
export type Watcher = {
  /** Watches the command until it ends, and delivers what comes meanwhile. */
  follow(options: FollowOptions, signal: AbortSignal): Promise<Watched>;
  /**
   * Delivers what is left of an ended command's output; answers the runner's account, if there is one.
   * Throws `setting-invalid` if the runner refused the command, `output-incomplete` if its output cannot be had whole.
   */
  finish(reply: Reply, signal: AbortSignal): Promise<Ended | undefined>;
};

/** What SSM itself shows of a command. */
export function replyOf(invocation: Invocation): Reply {
  return { stdout: invocation.stdout, stderr: invocation.stderr };
}
