import { decodeGo } from "./go-text.ts";

/** Bytes of one event that the agent sends; a longer line is split there. */
const eventBytes = 200_000;
const eventsPerCall = 4;

/** How much of a stream's unsent part is worth reading for one call. */
export const callBytes = eventBytes * eventsPerCall;

export type Batch = { messages: string[]; consumedBytes: number };

/**
 * The events of one PutLogEvents call from the unsent part of a stream: whole lines, as many in one event as fit. While the
 * script runs a line without its newline waits; after its end everything goes, and each event loses its last newline.
 * Source: SSM agent 3.3, observed.
 */
export function batchEvents(unsent: Buffer, phase: "running" | "ended"): Batch {
  const messages: string[] = [];
  let consumedBytes = 0;
  while (messages.length < eventsPerCall && consumedBytes < unsent.length) {
    const event = takeEvent(unsent.subarray(consumedBytes), phase);
    if (event.length === 0) break;
    consumedBytes += event.length;
    messages.push(messageOf(event, phase));
  }
  return { messages, consumedBytes };
}

function takeEvent(unsent: Buffer, phase: "running" | "ended"): Buffer {
  const room = unsent.subarray(0, eventBytes);
  const isRest = unsent.length <= eventBytes;
  if (isRest && phase === "ended") return room;
  const lastNewline = room.lastIndexOf(0x0a);
  if (lastNewline >= 0) return room.subarray(0, lastNewline + 1);
  return unsent.length >= eventBytes ? room : room.subarray(0, 0);
}

function messageOf(event: Buffer, phase: "running" | "ended"): string {
  const text = decodeGo(event).replaceAll("\r\n", "\n");
  return phase === "ended" && text.endsWith("\n") ? text.slice(0, -1) : text;
}
