import type { Words } from "./words.ts";

/** How a file goes. */
export const transferWords = {
  "ssm-copier-bucket": {
    group: "Transfer",
    title: "Bucket Name",
    text: "S3 bucket that larger files pass through.",
    empty: "small files alone, inside commands",
  },
  "ssm-copier-prefix": {
    group: "Transfer",
    title: "Bucket Prefix",
    text: "What the keys of objects in the bucket begin with.",
    empty: "nothing",
  },
  "ssm-copier-kms-key": {
    group: "Transfer",
    title: "Bucket KMS Key",
    text: "Key that encrypts objects in the bucket.",
    empty: "the bucket's default",
  },
  "ssm-copier-inline-limit": {
    group: "Transfer",
    title: "Largest File Without Bucket",
    text: "Largest file in bytes that goes inside commands.",
    empty: "what one command takes, or ten where there is no bucket",
  },
  "ssm-copier-file-mode": {
    group: "Transfer",
    title: "File Mode",
    text: "Mode of the file on the node, in octal.",
    empty: "a new file is 0600, and one that exists keeps its mode and owner",
  },
} as const satisfies Record<string, Words>;
