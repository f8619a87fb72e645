import { BridgeError } from "../../kernel/errors.ts";
import { rejectNul } from "./quote.ts";

/** What the node shall run, and how. The same request may go to many nodes in one send. */
export type RunnerRequest = {
  /** 24 hex digits, new for every command: it names the private files and tags the last line. Not a secret. */
  runId: string;
  platform: "unix" | "windows";
  command: string;
  runAs?: string;
  workingDirectory?: string;
  /** Without a `#!` line: the program (sh: and its options) that the command is for. */
  shell?: string;
  /** 0: no time limit of the runner's own. */
  timeoutSeconds: number;
  /** Between TERM and KILL. */
  graceSeconds: number;
  /** `RD_…` names only, so that none can change what the runner itself does. */
  variables: ReadonlyMap<string, string>;
  /** How much of each stream is kept. */
  maxBytes: number;
  /** Copy the output to the agent while it comes, for CloudWatch. */
  live: boolean;
};

/** Throws `setting-invalid` for what no runner text can carry. */
export function rejectImpossible(request: RunnerRequest): void {
  rejectBadRunId(request.runId);
  rejectNul(request.command, "the command");
  for (const name of request.variables.keys()) {
    if (!/^RD_[A-Za-z0-9_]+$/.test(name)) {
      throw new BridgeError(
        "setting-invalid",
        `ssm-pass-variables: only RD_… variables can be passed, not ${JSON.stringify(name)}`,
      );
    }
  }
}

/** A run id becomes part of file names and of the text's own syntax. */
export function rejectBadRunId(runId: string): void {
  if (!/^[0-9a-f]{24}$/.test(runId)) {
    throw new BridgeError("defect", "a run id has to be 24 hex digits");
  }
}

/** A further command that fetches output of one that was sent before. */
export type FollowUp = { runId: string; platform: "unix" | "windows" };

/** Where Rundeck's part of an output ends, so that only the rest is fetched. */
export type Delivered = {
  /** Bytes of the command's own. */
  stdoutFrom: number;
  stderrFrom: number;
  /** The same places in the text that the agent was given: a live run's has lines of the runner's own. */
  stdoutTextFrom: number;
  stderrTextFrom: number;
};

/** To end what is left of a command, and fetch what is left of its output. */
export type Recovery = {
  graceSeconds: number;
  /** How much of each stream is fetched at most. */
  maxBytes: number;
  /** SSM's id of the command: with it the agent's own files are a last resort. */
  commandId?: string;
  /** Absent: nothing has been delivered. */
  delivered?: Delivered;
  /** Whether the private files stay, though the answer holds all that is in them. */
  keep?: boolean;
};

/** Where a packed output goes that is too large for SSM. */
export type Upload = {
  bucket: string;
  key: string;
  /** A signed address for a PUT of this object; absent: the node's own role has to do. */
  url?: string;
};

export type Poll = {
  stdoutFrom: number;
  stderrFrom: number;
  waitSeconds: number;
  /** Of a stream: what comes behind is not delivered, though the node may have some of it. */
  maxBytes: number;
};
