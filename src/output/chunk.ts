/** The remote command's two streams. They stay apart all the way. */
export type StreamName = "stdout" | "stderr";

export const streamNames = ["stdout", "stderr"] as const;

/** Where the remote command's bytes go, as it wrote them. Resolves when the reader has taken them: a slow reader slows us. */
export type Output = (stream: StreamName, bytes: Uint8Array) => Promise<void>;
