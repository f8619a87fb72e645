/** One thing that a document makes an agent do. */
export type Step = ScriptStep | DownloadStep | SkippedStep | UnresolvedStep;

/** What a document of schema 2 says of each of its steps. Source: SSM agent 3.3, its plugin runner. */
export type StepPlace = {
  /** The step's name. Absent in schema 1, where answers, streams and folders go by the plugin's. */
  id?: string;
  onFailure?: "exit" | "successAndExit";
  onSuccess?: "exit";
  /** Runs though an earlier step has ended the document, if it is the last one. */
  isFinally?: boolean;
};

export type ScriptStep = StepPlace & {
  kind: "script";
  /** `aws:runShellScript`, `aws:runPowerShellScript`; another is the agent's own work, which a shell does here. */
  plugin: string;
  commands: string[];
  /** Empty: the agent's own; for scripts after a download, the folder of the downloads. */
  workingDirectory: string;
  afterDownload?: boolean;
  /** As the document's parameter has it: the agent takes 3,600 for what is out of its range. */
  timeoutSeconds: number;
};

/** The agent fetches from S3 with the node's role. */
export type DownloadStep = StepPlace & {
  kind: "download";
  plugin: "aws:downloadContent";
  /** `https://s3.<region>.amazonaws.com/bucket/key` or `https://bucket.s3.<region>.amazonaws.com/key`. */
  sourceUrl: string;
};

export type SkippedStep = StepPlace & {
  kind: "skipped";
  plugin: string;
  /** The agent's words. */
  reason?: string;
};

/** A parameter of Parameter Store in the script does not exist: nothing runs. */
export type UnresolvedStep = StepPlace & {
  kind: "unresolved";
  plugin: string;
  parameter: string;
};

/** A command as an agent gets it. */
export type AgentMessage = {
  commandId: string;
  steps: Step[];
  logGroupName?: string;
  s3?: { bucket: string; prefix: string };
};

/** What answers call a step. */
export function nameOfStep({ id, plugin }: Step): string {
  return id ?? plugin;
}
