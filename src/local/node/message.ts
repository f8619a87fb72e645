/** One thing that a document makes an agent do. */
export type Step = ScriptStep | DownloadStep | SkippedStep | UnresolvedStep;

export type ScriptStep = {
  kind: "script";
  /** `aws:runShellScript`, `aws:runPowerShellScript`: the plugin, and the step's name in answers. */
  plugin: "aws:runShellScript" | "aws:runPowerShellScript";
  commands: string[];
  /** Empty: the agent's own; for scripts after a download, the folder of the downloads. */
  workingDirectory: string;
  afterDownload?: boolean;
  /** As the document's parameter has it: the agent takes 3,600 for what is out of its range. */
  timeoutSeconds: number;
};

/** The agent fetches from S3 with the node's role. */
export type DownloadStep = {
  kind: "download";
  plugin: "aws:downloadContent";
  /** `https://s3.<region>.amazonaws.com/bucket/key` or `https://bucket.s3.<region>.amazonaws.com/key`. */
  sourceUrl: string;
};

export type SkippedStep = { kind: "skipped"; plugin: string };

/** A parameter of Parameter Store in the script does not exist: nothing runs. */
export type UnresolvedStep = {
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
