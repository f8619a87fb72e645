import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { parseArguments } from "../../src/main/arguments.ts";
import { requestOf } from "../../src/main/cli-policy.ts";
import { kindOf } from "../../src/main/command-options.ts";
import { helpOf } from "../../src/main/help.ts";
import { linesOfBlocks, readPages } from "./markdown.ts";

const lines = readPages().flatMap((page) =>
  linesOfBlocks(page, "sh").map((line) => ({ file: page.file, line })),
);
/** A line that tells a command's form ("[--json]", "…") is none to type. */
const ours = lines.filter(
  ({ line }) =>
    /(?:^|\s|\/)rundeck-ssm(?=\s)/.test(line) && !/[[\]…]/.test(line),
);

/** The words of a simple command behind the name of the program, as a shell takes them apart. */
function wordsOf(line: string): string[] {
  const [, given = ""] = /(?:^|\s|\S*\/)rundeck-ssm\s+(.*)$/.exec(line) ?? [];
  return [...given.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? "",
  );
}

test("there are such lines", () => {
  expect(ours.length).toBeGreaterThan(10);
});

test.each(ours)("$file: $line", ({ line }) => {
  const given = parseArguments(wordsOf(line), kindOf);
  expect(helpOf(given.command)).toBeDefined();
});

const parsed = ours.map(({ line }) => parseArguments(wordsOf(line), kindOf));

test("policies that are asked for can be made", () => {
  const policies = parsed.filter(({ command }) => command === "policy");
  expect(policies.length).toBeGreaterThan(5);
  for (const given of policies) expect(() => requestOf(given)).not.toThrow();
});

test("what runs on a node names the node, and something to run", () => {
  const runs = parsed.filter(({ command }) => /^(?:exec|copy)$/.test(command));
  expect(runs.length).toBeGreaterThan(0);
  for (const { options, words, rest } of runs) {
    expect([...options.keys()]).toContain("instance");
    expect(words.length + rest.length).toBeGreaterThan(0);
  }
});

test("an option that there is not would be seen", () => {
  expect(() =>
    parseArguments(wordsOf("rundeck-ssm doctor --ssm-nothing 1"), kindOf),
  ).toThrow("there is no option");
});

test("scripts that the documents name are there", () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync("package.json", "utf8")));
  const text = readPages()
    .filter(({ file }) => file !== "CHANGELOG.md")
    .map((page) => page.text)
    .join("\n");
  const named = [...text.matchAll(/npm run (?:--\S+ )?([a-z][a-z:-]*)/g)].map(
    ([, name = ""]) => name,
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  const files = [...text.matchAll(/(?<![\w/])(?:\.\/)?(scripts\/[a-z-]+)/g)];
  expect(files.length).toBeGreaterThan(2);
  expect(
    files.map(([, file = ""]) => file).filter((file) => !existsSync(file)),
  ).toEqual([]);
});
