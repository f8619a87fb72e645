/** Bytes of the remote command, as it wrote them. */
export type Chunk = { stream: "stdout" | "stderr"; bytes: Uint8Array };
