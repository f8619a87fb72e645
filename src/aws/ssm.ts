import type { Call } from "./companions.ts";

/** One command on one node: what identifies a run, also across processes. */
export type CommandOnNode = {
  commandId: string;
  instanceId: string;
  /** Of a document of several plugins, the one whose output is wanted: "aws:runShellScript". */
  plugin?: string;
};

export type SendRequest = {
  instanceId: string;
  documentName: string;
  /** A number, `$DEFAULT` or `$LATEST`; absent: the default one. */
  documentVersion?: string;
  /** The setting that names the document; absent: ssm-document-name. */
  documentFrom?: string;
  parameters: Record<string, string[]>;
  /** At most 100 characters. Holds the run id by which `find` knows the command again. */
  comment: string;
  deliveryTimeoutSeconds: number;
  /** CloudWatch Logs group that the node writes its output to, while it runs. */
  logGroup?: string;
};

/** What Run Command knows of a command on a node. */
export type Invocation = {
  /** StatusDetails in one spelling: letters only ("ExecutionTimedOut"); "NotVisible" just after a send. */
  status: string;
  /** -1 until the end, and sometimes at it. */
  responseCode: number;
  stdout: string;
  stderr: string;
  /** How long the node says that it worked, in ms; absent until the end. */
  elapsedMs?: number;
  /** AWS has not answered since it was asked: it is what AWS said before or, of what has only been accepted, that it is pending. */
  isAssumed?: true;
  /** The end as a list of AWS's has it, which does not say how long the node worked. */
  isListed?: true;
};

/** A run that is about to be sent. `work` tells runs apart that differ by more than their node. */
export type NewRun = { instanceId: string; work: () => string };

/** Run Command, as narrow as the pipelines need it. Each call is one request; all throw translated `BridgeError`s. Knows no node. */
export type Ssm = {
  /** Names a run: 24 hex digits, the same only for runs that AWS may be asked for in one request. */
  newRunId(run: NewRun): string;
  send(request: SendRequest, call: Call): Promise<CommandOnNode>;
  read(command: CommandOnNode, call: Call): Promise<Invocation>;
  /** `read` returns when there is news, or after some seconds without: it is asked again at once. */
  waitsForNews?: true;
  /** Asks AWS to cancel the command on this node alone. */
  cancel(command: CommandOnNode, call: Call): Promise<void>;
  /** The latest commands on `instanceId` are searched for the one whose comment holds `runId`. */
  find(
    search: { instanceId: string; runId: string },
    call: Call,
  ): Promise<CommandOnNode | undefined>;
  /** What SSM knows of the node: `ssm:DescribeInstanceInformation`, which the credentials need not have. */
  describe(instanceId: string, call: Call): Promise<NodeState>;
  close(): void;
};

/** A node's registration. `ping`: Online, ConnectionLost, Inactive; `lastPing` in ISO 8601, UTC. */
export type NodeState =
  { kind: "managed"; ping: string; lastPing?: string } | { kind: "unmanaged" };
