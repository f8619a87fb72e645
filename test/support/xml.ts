/** An element of an XML document: its attributes, its child elements, and its text where it has no children. */
export type XmlElement = {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
};

const token =
  /<\?xml [^?]*\?>|<!--(?:(?!--)[^])*-->|<!\[CDATA\[(?<cdata>[^]*?)\]\]>|<\/(?<close>[\w-]+)\s*>|<(?<open>[\w-]+)(?<attributes>(?:\s+[\w-]+\s*=\s*(?:"[^<"]*"|'[^<']*'))*)\s*(?<empty>\/?)>|(?<text>[^<]+)/y;

/** Reads a document without a DTD and without namespaces; throws where it is not well-formed. */
export function parseXml(source: string): XmlElement {
  const document = create("#document");
  const path = [document];
  let at = 0;
  while (at < source.length) {
    token.lastIndex = at;
    const groups = token.exec(source)?.groups;
    if (groups === undefined && token.lastIndex <= at)
      throw new Error(`not well-formed at ${source.slice(at, at + 40)}`);
    at = token.lastIndex;
    if (groups !== undefined) take(path, groups);
  }
  const [root, ...more] = document.children;
  if (path.length > 1) throw new Error(`<${path.at(-1)?.name}> has no end`);
  if (root === undefined || more.length > 0 || document.text.trim() !== "")
    throw new Error("a document has one root");
  return root;
}

function take(
  path: XmlElement[],
  groups: Record<string, string | undefined>,
): void {
  const parent = path.at(-1);
  if (parent === undefined) throw new Error("an end too many");
  const { cdata, close, open, attributes = "", empty, text } = groups;
  if (cdata !== undefined) parent.text += cdata;
  if (text !== undefined) parent.text += unescape(text);
  if (open !== undefined) {
    const child = create(open, parseAttributes(attributes));
    parent.children.push(child);
    if (empty === "") path.push(child);
  }
  if (close !== undefined && path.pop()?.name !== close)
    throw new Error(`</${close}> ends <${parent.name}>`);
}

function create(
  name: string,
  attributes: Record<string, string> = {},
): XmlElement {
  return { name, attributes, children: [], text: "" };
}

function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", , double, single] of text.matchAll(
    /([\w-]+)\s*=\s*("([^"]*)"|'([^']*)')/g,
  )) {
    if (name in attributes) throw new Error(`${name} is there twice`);
    // a parser makes blanks of line breaks in an attribute
    attributes[name] = unescape(
      (double ?? single ?? "").replaceAll(/[\t\n\r]/g, " "),
    );
  }
  return attributes;
}

const entities: Record<string, string> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  quot: '"',
};

function unescape(text: string): string {
  return text.replaceAll(/&([^;\s]*);?/g, (whole, name: string) => {
    const known = whole.endsWith(";") ? entities[name] : undefined;
    if (known === undefined) throw new Error(`${whole} is no entity`);
    return known;
  });
}
