import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { anchorsOf, linksOf, readPages } from "./markdown.ts";

const pages = readPages();
const isRelative = (link: string) => !/^[a-z][a-z0-9+.-]*:/i.test(link);

/** What is wrong with a page's relative links. */
function brokenLinks(page: (typeof pages)[number]): string[] {
  return linksOf(page)
    .filter(isRelative)
    .filter((link) => {
      const [to = "", anchor] = link.split("#");
      const file =
        to === "" ? page.file : path.join(path.dirname(page.file), to);
      if (!existsSync(file)) return true;
      if (anchor === undefined) return false;
      const target = pages.find((it) => it.file === file);
      return target === undefined || !anchorsOf(target).has(anchor);
    });
}

describe("relative links", () => {
  test.each(pages)(
    "of $file lead to a file, and to a heading in it",
    (page) => {
      expect(brokenLinks(page)).toEqual([]);
    },
  );

  test("are found, and broken ones told", () => {
    expect(pages.flatMap(linksOf).filter(isRelative).length).toBeGreaterThan(
      50,
    );
    const page = {
      file: "docs/x.md",
      text: '# A `b`, c\n## A b c\n[1](#a-b-c) [2](#a-b-c-1) [3](#nowhere) [4](../README.md "t") [5](gone.md) `[6](x)` ![7](gone.svg) [8](aws.md#nowhere)\n```\n[9](x)\n```\n',
    };
    expect(brokenLinks({ ...page, file: "docs/aws.md" })).toEqual(
      expect.arrayContaining(["gone.md", "gone.svg", "aws.md#nowhere"]),
    );
    expect(linksOf(page)).toEqual([
      "#a-b-c",
      "#a-b-c-1",
      "#nowhere",
      "../README.md",
      "gone.md",
      "gone.svg",
      "aws.md#nowhere",
    ]);
    expect([...anchorsOf(page)]).toEqual(["a-b-c", "a-b-c-1"]);
  });

  test("of README.md lead to every document", () => {
    const readme = pages.filter(({ file }) => file === "README.md");
    const linked = readme.flatMap(linksOf);
    const others = pages.filter(({ file }) => file !== "README.md");
    expect(
      others.map(({ file }) => file).filter((file) => !linked.includes(file)),
    ).toEqual([]);
  });
});
