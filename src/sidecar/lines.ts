import type { Socket } from "node:net";

/** A client says little; whoever says more in one line is none. */
const longestLine = 4_096;

/** Hands on each whole line that comes in, without its newline, to whoever listens then. */
export function readLines(socket: Socket): (onLine: Listener) => void {
  let listener: Listener | undefined;
  let text = "";
  const waiting: string[] = [];
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    if (text.length > longestLine) socket.destroy();
    for (const line of lines)
      if (listener) listener(line);
      else waiting.push(line);
  });
  return (onLine) => {
    listener = onLine;
    for (const line of waiting.splice(0)) onLine(line);
  };
}

export type Listener = (line: string) => void;
