import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The texts in a source file, string by string, with … for what is filled in. Comments are left out. */
export function literalsOf(source: string): string[] {
  const code = source
    .replaceAll(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, "")
    .replaceAll(/\/\*\*.*?\*\//g, "");
  const found: string[] = [];
  for (let at = 0; at < code.length; at += 1)
    if (code[at] === '"' || code[at] === "`") at = readLiteral(code, at, found);
  return found;
}

/** The text of the literal that begins there. */
export function literalAt(code: string, from: number): string {
  const found: string[] = [];
  readLiteral(code, from, found);
  // those within it come before it
  return found.at(-1) ?? "";
}

/** Adds the literal that begins at `from`, and those within it; answers where it ends. */
function readLiteral(code: string, from: number, found: string[]): number {
  const quote = code[from];
  let text = "";
  let at = from + 1;
  for (; at < code.length && code[at] !== quote; at += 1) {
    if (code[at] === "\\") {
      at += 1;
      text += code[at] ?? "";
    } else if (quote === "`" && code.startsWith("${", at)) {
      at = skipExpression(code, at + 2, found);
      text += "…";
    } else text += code[at] ?? "";
  }
  found.push(text);
  return at;
}

function skipExpression(code: string, from: number, found: string[]): number {
  let depth = 1;
  let at = from;
  for (; at < code.length; at += 1) {
    const sign = code[at];
    if (sign === '"' || sign === "`") at = readLiteral(code, at, found);
    else if (sign === "{") depth += 1;
    else if (sign === "}" && (depth -= 1) === 0) return at;
  }
  return at;
}

/** Every file of the plugin's own source, by its path in src; the local AWS is none of it. */
export function readSources(): Map<string, string> {
  const names = readdirSync("src", { recursive: true, encoding: "utf8" });
  return new Map(
    names
      .filter((name) => /\.(?:ts|sh|ps1|cjs)$/.test(name))
      .filter((name) => !name.startsWith(`local${path.sep}`))
      .map((name) => [name, readFileSync(path.join("src", name), "utf8")]),
  );
}
