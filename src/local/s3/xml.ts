/** Content of an element: text, elements by name, or several of one name. */
export type XmlContent =
  | string
  | number
  | boolean
  | { [name: string]: XmlContent | XmlContent[] | undefined };

export function xmlDocument(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
}

export function element(name: string, content: XmlContent): string {
  const [tag = name] = name.split(" ");
  return `<${name}>${serialize(content)}</${tag}>`;
}

/** The root of an S3 answer, in S3's namespace. */
export function s3Document(name: string, content: XmlContent): string {
  return xmlDocument(
    element(`${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`, content),
  );
}

function serialize(content: XmlContent): string {
  if (typeof content !== "object") return escapeXml(String(content));
  return Object.entries(content)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(
        (one) => element(name, one),
      ),
    )
    .join("");
}

function escapeXml(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters in keys must be escaped to survive
    /[&<>"\u0000-\u0008\u000a-\u001f]/g,
    (char) => `&#x${char.charCodeAt(0).toString(16)};`,
  );
}

/** The inner text of every element of a name, innermost unparsed. Enough for the few small documents that clients send. */
export function readElements(xml: string, name: string): string[] {
  const pattern = new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, "gs");
  return [...xml.matchAll(pattern)].map(([, inner = ""]) => inner);
}

export function readText(xml: string, name: string): string | undefined {
  const [inner] = readElements(xml, name);
  return inner === undefined ? undefined : unescapeXml(inner);
}

const named: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(/&(#x?)?(\w+);/g, (whole, numeric, body: string) => {
    if (numeric === undefined) return named[body] ?? whole;
    return String.fromCodePoint(parseInt(body, numeric === "#x" ? 16 : 10));
  });
}
