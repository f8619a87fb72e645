import { BridgeError } from "../kernel/errors.ts";

/** What a copy has left that another process must clear away to do it again, should its own die. */
export type CopyTrace = {
  /** The name of its private files on the node. */
  copyId: string;
  /** Of its commands that have not answered: the id where AWS has told it, else the run id, by which a command is found. */
  commands: readonly string[];
  /** In a bucket: the last part of the object's key, and the upload in parts that has begun. */
  object?: { name: string; uploadId?: string };
};

/** Notes what a copy leaves, and tells it: each step resolves when what it told can't be lost any more. */
export type Trail = {
  copyId: string;
  /** The last part of the object's key: nobody can guess it. */
  objectName: string;
  begin(): Promise<void>;
  /** Before a command is sent. */
  sending(runId: string): Promise<void>;
  accepted(runId: string, commandId: string): Promise<void>;
  answered(commandId: string): Promise<void>;
  /** Before anything of the object can be there. */
  staging(): Promise<void>;
  uploading(uploadId: string): Promise<void>;
};

/** `tell` is absent where no other process would go on. */
export function openTrail(
  { copyId, objectName }: Pick<Trail, "copyId" | "objectName">,
  tell: (word: string) => Promise<void> = () => Promise.resolve(),
): Trail {
  const commands = new Set<string>();
  let object: CopyTrace["object"];
  const note = () =>
    tell(
      writeCopyTrace({
        copyId,
        commands: [...commands],
        ...(object ? { object } : {}),
      }),
    );
  return {
    copyId,
    objectName,
    begin: note,
    sending: (runId) => {
      commands.add(runId);
      return note();
    },
    accepted: (runId, commandId) => {
      commands.delete(runId);
      commands.add(commandId);
      return note();
    },
    answered: (commandId) => {
      commands.delete(commandId);
      return note();
    },
    staging: () => {
      object = { name: objectName };
      return note();
    },
    uploading: (uploadId) => {
      object = { name: objectName, uploadId };
      return note();
    },
  };
}

/** An upload's id is S3's word, in any characters. */
export function writeCopyTrace({ copyId, commands, object }: CopyTrace) {
  const upload = Buffer.from(object?.uploadId ?? "").toString("base64url");
  return `${copyId}:${commands.join(".")}:${object?.name ?? ""}:${upload}`;
}

const form =
  /^([0-9a-f]{24}):((?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)?):([0-9a-f]{32})?:([A-Za-z0-9_-]*)$/;

/** Throws `defect` for what no copy of this version has told: what it left is not known. */
export function parseCopyTrace(word: string): CopyTrace {
  const [, copyId, commands = "", name, upload = ""] = form.exec(word) ?? [];
  if (copyId === undefined)
    throw new BridgeError(
      "defect",
      `the copy of a process that died can't be done again: ${JSON.stringify(word)} tells nothing of it; please report it with the version and this line`,
    );
  const uploadId = Buffer.from(upload, "base64url").toString();
  const ofUpload = uploadId === "" ? {} : { uploadId };
  return {
    copyId,
    commands: commands.split(".").filter((id) => id !== ""),
    ...(name === undefined ? {} : { object: { name, ...ofUpload } }),
  };
}

/** A run id, not a command's. */
export function isRunId(id: string): boolean {
  return /^[0-9a-f]{24}$/.test(id);
}
