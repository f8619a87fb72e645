/** Where on a node a file shall go, and as what. */
export type Destination = {
  platform: "unix" | "windows";
  /**
   * As the user wrote it. It is a folder, which gets the file's own name, if it ends with a separator, /. or /.., if it is a
   * home alone, or if a folder is there: unix/names.ts and windows/names.ts have this rule before anything is sent,
   * unix/place.sh and windows/begin.ps1 on the node.
   */
  path: string;
  /** The file's own name, for a destination that is a folder. */
  fileName: string;
  /** The user as whom the file is put there, and whom it will belong to. */
  runAs?: string;
  /** Where ssm-run-as was set, in words. */
  runAsLayer?: string;
  /** Octal, four digits. Without it a new file is 0600, and what exists keeps its mode. */
  fileMode?: string;
  /** 24 hex digits: the name of the private files on the node. Unguessable. */
  copyId: string;
};

/** A part of a file's content, as it goes into a command. */
export type Piece = { number: number; of: number; base64: string };

/** How a node gets at an object. */
export type Way =
  /** With its own role, by the AWS CLI or what else it has. */
  | { kind: "role"; bucket: string; key: string; region: string }
  /** By a presigned URL. */
  | { kind: "link"; url: string }
  /** The SSM agent has fetched it into the working directory, under this name. */
  | { kind: "agent"; object: string };
