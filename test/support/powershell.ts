import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser } from "web-tree-sitter";
import type { Node } from "web-tree-sitter";

/** Reads PowerShell as its grammar says: no PowerShell runs here, but what it would read can be seen. */
export async function openPowerShell(): Promise<(text: string) => Node> {
  await Parser.init();
  const require = createRequire(import.meta.url);
  const grammar =
    require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(grammar)));
  return (text) => {
    const tree = parser.parse(text);
    if (!tree) throw new Error("the parser gave up");
    return tree.rootNode;
  };
}
