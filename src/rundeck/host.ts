import type { Secret } from "../kernel/secret.ts";

export type Service = "NodeExecutor" | "FileCopier";

/** What Rundeck starts us as. A step's properties are its own: a node's attributes and the executor's properties are not among them. */
export type HostService = Service | "WorkflowNodeStep";

/** What Rundeck told us when it started us, or what the command line stands in for. */
export type Host = {
  service: HostService;
  /** Rundeck's node name, for messages. */
  nodeName: string;
  /** The execution that we are part of; fields that Rundeck did not give are empty strings. */
  execution: {
    project: string;
    executionId: string;
    jobGroup: string;
    jobName: string;
    userName: string;
    logLevel: string;
  };
  /** NodeExecutor: the command line. */
  command: string;
  /** FileCopier: the local file and where it goes. */
  file: string;
  destination: string;
  /** Every `RD_*` value that a remote command may be given by `ssm-pass-variables`: no plugin configuration, no secure option. */
  variables: ReadonlyMap<string, string>;
  /** Values of secure options (`RD_PRIVATE_*`, `RD_SECUREOPTION_*`), to warn when one of them is in a command. */
  secureValues: readonly Secret[];
};
