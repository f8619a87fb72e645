import { BridgeError } from "../../kernel/errors.ts";

/** `text` as one word of POSIX sh, whatever is in it. Throws `setting-invalid` for NUL, which no shell can hold. */
export function quoteShell(text: string, what: string): string {
  rejectNul(text, what);
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `text` as a PowerShell string. PowerShell takes the typographic single quotes for quotes, too. */
export function quotePowerShell(text: string, what: string): string {
  rejectNul(text, what);
  return `'${text.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;
}

/** Throws `setting-invalid`, naming `what` and not the text. */
export function rejectNul(text: string, what: string): void {
  if (text.includes("\0")) {
    throw new BridgeError(
      "setting-invalid",
      `${what} contains a NUL character, which no shell accepts; remove it`,
    );
  }
}
