import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exitCodes } from "../../src/kernel/errors.ts";
import { literalAt, literalsOf, readSources } from "../support/literals.ts";

const document = readFileSync("docs/errors.md", "utf8");
const headings = [...document.matchAll(/^### (.+)$/gm)].map(
  ([, text = ""]) => text,
);
const sources = readSources();
const literals = [...sources]
  .filter(([name]) => name.endsWith(".ts"))
  .flatMap(([, text]) => literalsOf(text));
const scripts = [...sources]
  .filter(([name]) => !name.endsWith(".ts"))
  .map(([, text]) => text);

/** The parts of a text between what is filled in. */
const partsOf = (text: string) =>
  text
    .split("…")
    .map((part) => part.replaceAll(/^[ :;,.()'"]+|[ :;,.()'"]+$/g, ""))
    .filter((part) => part !== "");

/** Whether a line of this form would be found by this heading; of a line that is put together here, one has all the parts. */
function finds(heading: string, line: string): boolean {
  const has = (text: string, parts: string[]) =>
    parts.every((part) => text.includes(part));
  const told = partsOf(line);
  return (
    has(line, partsOf(heading)) ||
    (told.join("").length >= 9 && has(heading, told))
  );
}

/** Where an error's text is: `new BridgeError("code", "text")`, what ends a run, and what explains a failure. */
const places = [
  /(?:new BridgeError|\bending|\bendingOf)\(\s*(?:"[a-z-]+"|\w+),\s*(?=["`])/g,
  /\[\s*"[a-z-]+",\s*(?=")/g,
];
const explanations = /^\s+return (?=`)/gm;

/** What the commands of the command line refuse is about their own words, which their help tells. */
const ofCommands =
  /^(?:main\/(?:cli|arguments|local|windows)|doctor|nodes|policy)/;

function thrownTexts(): string[] {
  return [...sources]
    .filter(([name]) => name.endsWith(".ts") && !ofCommands.test(name))
    .flatMap(([name, text]) =>
      [
        ...places,
        ...(/^(?:aws|copy)\/explain/.test(name) ? [explanations] : []),
      ]
        .flatMap((place) => [...text.matchAll(place)])
        .map((match) => literalAt(text, match.index + match[0].length)),
    )
    .filter((text) => /[a-z]{3} .{8}/.test(text));
}

/** A slip of our own; and the end of a line, which is no line. */
const passedOver =
  /^(?:a run id has to be|a document has no output bucket|allow sts:AssumeRole)/;
/** What other texts are put into, each of which has an entry of its own. */
const isFrame = (text: string) =>
  text.replaceAll(/…|[^a-z]/gi, "").length < 8 || /^….{0,3}…/.test(text);

describe("docs/errors.md", () => {
  it("has a section for each code-word, and its exit code", () => {
    for (const [code, exit] of Object.entries(exitCodes)) {
      expect(document).toMatch(
        new RegExp(`^\\| ${exit} +\\| \\[\`${code}\`\\]\\(#${code}\\)`, "m"),
      );
      expect(document).toMatch(new RegExp(`^## ${code}\n\nConsole: `, "m"));
    }
  });

  it("has an entry for every text that an error is made of", () => {
    const texts = thrownTexts();
    expect(texts.length).toBeGreaterThan(60);
    const missing = texts.filter(
      (text) =>
        !passedOver.test(text) &&
        !isFrame(text) &&
        !headings.some((heading) => finds(heading, text)),
    );
    expect(missing).toEqual([]);
  });

  it("has no entry for what nobody says any more", () => {
    const spoken = [...literals, ...scripts];
    const isSpoken = (words: string): boolean =>
      spoken.some((text) => text.includes(words)) ||
      [...words.matchAll(/[ :;,(]/g)].some(({ index }) => {
        const before = words.slice(0, index);
        const after = words.slice(index).replace(/^[ :;,.()]+/, "");
        return (
          before.length >= 8 &&
          spoken.some((text) => text.includes(before)) &&
          (after.length < 4 || isSpoken(after))
        );
      });
    const stale = headings.filter((heading) =>
      partsOf(heading).some((part) => part.length >= 12 && !isSpoken(part)),
    );
    expect(stale).toEqual([]);
  });
});
