import type { Words } from "./words.ts";

/** How a command runs. */
export const runWords = {
  "ssm-execution-timeout": {
    group: "On the Node",
    title: "Execution Timeout",
    text: "Seconds that a command may run on the node.",
  },
  "ssm-delivery-timeout": {
    group: "On the Node",
    title: "Delivery Timeout",
    text: "Seconds until the node must have taken the command.",
  },
  "ssm-run-as": {
    group: "On the Node",
    title: "Run As",
    text: "User on the node as whom commands run and files are copied.",
    empty: "root, or SYSTEM on Windows",
  },
  "ssm-working-directory": {
    group: "On the Node",
    title: "Working Directory",
    text: "Folder on the node in which the command runs.",
    empty: "the one that the SSM agent chooses",
  },
  "ssm-shell": {
    group: "On the Node",
    title: "Shell",
    text: "Shell on the node that reads the command.",
    empty: "sh, or powershell on Windows",
  },
  "ssm-pass-variables": {
    group: "On the Node",
    title: "Pass Variables",
    text: "RD_ variables that the command sees.",
    empty: "none",
    more: "Names, * and ? allowed, separated by commas or blanks. Secure options are never passed.",
  },
  "ssm-document-name": {
    group: "On the Node",
    title: "SSM Document",
    text: "An SSM document of your own whose parameter commands a shell runs.",
    empty: "AWS-RunShellScript, or AWS-RunPowerShellScript on Windows",
    more: "Windows is where the node attribute osFamily says so.",
  },
  "ssm-runner": {
    group: "On the Node",
    title: "Exact Results",
    text: "Whether the command is wrapped on the node, so that exit codes, whole output and kills are exact.",
    more: "full wraps it; none sends it bare, with SSM's own limits.",
    labels: {
      full: "Yes, the command is wrapped",
      none: "No, the command is sent bare",
    },
  },
} as const satisfies Record<string, Words>;
