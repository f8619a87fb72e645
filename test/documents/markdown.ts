import { readFileSync, readdirSync } from "node:fs";

/** A document of the repository, by its path from the root. */
export type Page = { file: string; text: string };

/** Every document that users and contributors read: in the root and in docs. */
export function readPages(): Page[] {
  const files = [".", "docs"].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".md"))
      .map((name) => (folder === "." ? name : `${folder}/${name}`)),
  );
  return files.map((file) => ({ file, text: readFileSync(file, "utf8") }));
}

const fence = /^```(\S*)\n(.*?)^```$/gms;

/** A fenced block: where its first line stands, and its language. */
export type Block = {
  file: string;
  line: number;
  language: string;
  text: string;
};

/** All fenced blocks, in their order. */
export function blocksOf({ file, text }: Page): Block[] {
  return [...text.matchAll(fence)].map((found) => ({
    file,
    line: text.slice(0, found.index).split("\n").length + 1,
    language: found[1] ?? "",
    text: found[2] ?? "",
  }));
}

/** What is written as code in the prose. */
export function spansOf({ text }: Page): string[] {
  return [...text.replace(fence, "").matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(
    ([, code = ""]) => code,
  );
}

/** The targets of all links and pictures; code has none. */
export function linksOf({ text }: Page): string[] {
  const prose = text.replace(fence, "").replace(/(`+)(?!`).*?[^`]\1(?!`)/g, "");
  return [
    ...prose.matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/g),
    ...prose.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm),
    ...prose.matchAll(/\b(?:src|href)="([^"]+)"/g),
  ].map(([, target = ""]) => target);
}

/**
 * The anchors of a document's headings, as GitHub names them: small letters, blanks become hyphens, other punctuation goes, and of several
 * that are alike each further one has a number.
 */
export function anchorsOf({ text }: Page): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...text.replace(fence, "").matchAll(/^#{1,6} +(.+)$/gm)];
  return new Set(
    headings.map(([, heading = ""]) => {
      const slug = heading
        .trim()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
        .replaceAll(" ", "-");
      const before = seen.get(slug) ?? 0;
      seen.set(slug, before + 1);
      return before === 0 ? slug : `${slug}-${before}`;
    }),
  );
}
