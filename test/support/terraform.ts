import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser } from "web-tree-sitter";
import type { Node } from "web-tree-sitter";

/** A resource as Terraform would read it; what `jsonencode` takes is a value here. */
export type Resource = {
  type: string;
  name: string;
  attributes: Record<string, unknown>;
};

/** Reads Terraform's language as its grammar says. Throws for what it would not take. */
export async function openTerraform(): Promise<(text: string) => Resource[]> {
  await Parser.init();
  const require = createRequire(import.meta.url);
  const grammar =
    require.resolve("@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm");
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(grammar)));
  return (text) => {
    const root = parser.parse(text)?.rootNode;
    if (!root || root.hasError) throw new Error(`no Terraform: ${text}`);
    return [root]
      .flatMap((node) => node.descendantsOfType("block"))
      .flatMap((node) => (node ? [readResource(node)] : []));
  };
}

function readResource(block: Node): Resource {
  const [keyword, type, name] = childrenOf(block);
  if (keyword?.text !== "resource" || !type || !name)
    throw new Error(`no resource: ${block.text}`);
  const [body] = childrenOf(block).filter((node) => node.type === "body");
  const attributes = childrenOf(body).map((attribute) => {
    const [key, value] = childrenOf(attribute);
    return [key?.text ?? "", read(value)];
  });
  return {
    type: String(read(type)),
    name: String(read(name)),
    attributes: Object.fromEntries(attributes),
  };
}

function read(node: Node | undefined): unknown {
  const children = childrenOf(node);
  if (!node) throw new Error("there is no value");
  switch (node.type) {
    case "expression":
    case "literal_value":
    case "collection_value":
    case "variable_expr":
    case "function_arguments":
      return read(children[0]);
    case "identifier":
      return node.text;
    case "string_lit":
      return unquote(node.text);
    case "tuple":
      return children.filter(({ type }) => type === "expression").map(read);
    case "object":
      return Object.fromEntries(
        children
          .filter(({ type }) => type === "object_elem")
          .map((item) => childrenOf(item).map(read)),
      );
    case "function_call":
      if (children[0]?.text === "jsonencode") return read(children[1]);
  }
  throw new Error(`unexpected ${node.type}: ${node.text}`);
}

/** Source: Terraform language, "Strings and templates". */
function unquote(text: string): string {
  const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r" };
  return text
    .slice(1, -1)
    .replaceAll(/([$%])\1(?=\{)/g, "$1")
    .replaceAll(
      /\\(.)/g,
      (_, character: string) => escapes[character] ?? character,
    );
}

function childrenOf(node: Node | null | undefined): Node[] {
  return (node?.namedChildren ?? []).filter((child) => child !== null);
}
