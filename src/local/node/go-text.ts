import { isUtf8 } from "node:buffer";

/**
 * Bytes as the agent, a Go program, puts them into JSON: each byte that is not part of a valid character becomes U+FFFD
 * (the JavaScript decoder makes one of several).
 */
export function decodeGo(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  const parts: string[] = [];
  let validFrom = 0;
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length === 0) {
      parts.push(bytes.toString("utf8", validFrom, at), "\ufffd");
      validFrom = at + 1;
    }
    at += length || 1;
  }
  parts.push(bytes.toString("utf8", validFrom));
  return parts.join("");
}

/** Bytes of the valid character that starts at `at`; 0 if none does. */
function characterLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const whole = bytes.subarray(at, at + length);
  return whole.length === length && isUtf8(whole) ? length : 0;
}

/** Length in bytes of `text` as a JSON string that Go's encoder writes: `<`, `>`, `&` and control characters cost six. */
export function goJsonLength(text: string): number {
  let escapes = 0;
  for (const match of text.matchAll(
    /* oxlint-disable-next-line no-control-regex -- control characters are what is counted */
    /[<>&\u0000-\u0008\u000b\u000c\u000e-\u001f]|["\\\n\r\t]|[\u2028\u2029\ufffd]/g,
  ))
    escapes += extraCost(match[0]);
  return Buffer.byteLength(text) + escapes + 2;
}

function extraCost(char: string): number {
  if (/["\\\n\r\t]/.test(char)) return 1;
  return 6 - Buffer.byteLength(char);
}
