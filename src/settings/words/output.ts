import { yesOrNo } from "./words.ts";
import type { Words } from "./words.ts";

/** How a command's output comes. */
export const outputWords = {
  "cloudwatch-log-group": {
    group: "Output",
    title: "CloudWatch Log Group",
    text: "Log group through which output is shown while the command runs.",
    empty: "output is shown when the command has ended",
  },
  "log-retrieve-delay": {
    group: "Output",
    title: "Log Filter Delay",
    text: "Seconds that output may take to appear in CloudWatch Logs after the command has ended.",
  },
  "ssm-output-bucket": {
    group: "Output",
    title: "Output Bucket",
    text: "S3 bucket that a node sends larger output to.",
    empty: "output comes inside SSM's replies, up to the limit",
  },
  "ssm-output-limit": {
    group: "Output",
    title: "Output Limit",
    text: "Bytes of output fetched without CloudWatch Logs or a bucket.",
  },
  "ssm-live-output": {
    group: "Output",
    title: "Live Output Without CloudWatch",
    text: "Whether output is shown while the command runs, by further small commands.",
    labels: yesOrNo,
  },
} as const satisfies Record<string, Words>;
