import type { Outcome } from "../kernel/outcome.ts";
import type { CommandOnNode, Invocation } from "../aws/ssm.ts";
import type { CommandPlan } from "../command/plan.ts";
import type { Ended } from "../command/runner/report.ts";
import type { Delivery } from "../output/delivery.ts";
import type { Reply } from "../output/packed.ts";
import type { Following, FollowOptions } from "./follow.ts";
import type { FollowUp, OutputPorts, Ports } from "./ports.ts";

/** A command on its node, and where its output goes. */
export type Run = {
  ports: Ports & OutputPorts;
  plan: CommandPlan;
  command: CommandOnNode;
  delivery: Delivery;
  followUp: FollowUp;
  /** Ends what a kill does not interrupt: cleaning up. */
  last: AbortSignal;
  spool: Spool;
  /** The last part of an object's key: nobody can guess it, and nothing else has it. */
  newObjectName: () => string;
  /** Tells that the output goes through this object, before it is made. */
  tellObject: (objectName: string) => Promise<void>;
  /** The object that a process which died may have left. */
  leftObject?: string;
};

/** The run's private files on the node. */
export type Spool = {
  /** `unknown`: a runner that ends by itself removes them, unless its reply does not hold all; the others are what we have learned. */
  state: "unknown" | "left" | "removed";
  /** Whether they stay until all is handed on, since another process may have to read them again. */
  isHeld: boolean;
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
  /** Whether a command that has ended had begun, where what SSM shows of it as a whole does not tell. */
  hasBegun?(signal: AbortSignal): Promise<boolean>;
};

/** What SSM itself shows of a command. */
export function replyOf(invocation: Invocation): Reply {
  return { stdout: invocation.stdout, stderr: invocation.stderr };
}
