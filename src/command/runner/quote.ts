import { BridgeError } from "../../kernel/errors.ts";

/**
 * `text` as one word of POSIX sh, whatever is in it. Systems Manager puts a parameter's value where it finds `{{ssm:name}}`,
 * between our quotes too: two braces never stand side by side. Throws `setting-invalid` for NUL, which no shell can hold.
 */
export function quoteShell(text: string, what: string): string {
  rejectNul(text, what);
  return `'${text.replaceAll("'", "'\\''").replaceAll(twoBraces, "{''")}'`;
}

/**
 * `text` as an expression of PowerShell, which takes the typographic single quotes for quotes, too. Without two braces side by
 * side, as above.
 */
export function quotePowerShell(text: string, what: string): string {
  rejectNul(text, what);
  const word = `'${text.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;
  return word.includes("{{") ? `(${word.replaceAll(twoBraces, "{'+'")})` : word;
}

const twoBraces = /\{(?=\{)/g;

/** Throws `setting-invalid`, naming `what` and not the text. */
export function rejectNul(text: string, what: string): void {
  if (text.includes("\0")) {
    throw new BridgeError(
      "setting-invalid",
      `${what} contains a NUL character, which no shell accepts; remove it`,
    );
  }
}
