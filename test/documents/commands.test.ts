import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { parseArguments } from "../../src/main/arguments.ts";
import { kindOf } from "../../src/main/command-options.ts";
import { helpOf } from "../../src/main/help.ts";
import { commandsOf, listBlocks, runnerOf, unrunnable } from "./commands.ts";
import { blocksOf, readPages, spansOf } from "./markdown.ts";

const pages = readPages();
const commands = listBlocks().flat();

describe("the blocks of the documents", () => {
  test("are all seen, wherever a fence stands", () => {
    for (const page of pages) {
      const fences = page.text.match(/^[\s>]*(?:```|~~~)/gm) ?? [];
      expect(2 * blocksOf(page).length, `in ${page.file}`).toBe(fences.length);
    }
  });

  test("are in languages that a test knows", () => {
    const shells = ["sh"];
    const checkedElsewhere = ["powershell", "properties", "yaml", "json"];
    const others = ["hcl", "ini", "text", "ts", ""];
    const known = new Set([...shells, ...checkedElsewhere, ...others]);
    expect(
      pages.flatMap(blocksOf).filter(({ language }) => !known.has(language)),
    ).toEqual([]);
  });
});

describe("every command in a block", () => {
  test("is run by a test, or is in the table of those that can't be", () => {
    expect(commands.length).toBeGreaterThan(40);
    expect(commands.filter(({ text }) => !runnerOf(text))).toEqual([]);
  });

  test("is one that there is: the table has no other", () => {
    const given = new Set(commands.map(({ text }) => text));
    expect(
      Object.keys(unrunnable).filter((command) => !given.has(command)),
    ).toEqual([]);
  });

  test.each(commands)("is what bash reads: $file:$line", ({ text }) => {
    const command = text.replaceAll("<version>", "1.2.3");
    const { stderr } = spawnSync("bash", ["-n", "-c", command]);
    expect(stderr.toString()).toBe("");
  });

  test("would be seen", () => {
    expect(runnerOf("pip install awscli")).toBeUndefined();
    expect(runnerOf("docker push rundeck-with-ssm")).toBeUndefined();
    expect(runnerOf("export A=1; reboot")).toBeUndefined();
  });
});

/** The words of a simple command behind the name of the program, as a shell takes them apart. */
function wordsOf(line: string): string[] {
  const [, given = ""] = /(?:^|\s|\S*\/)rundeck-ssm\s+(.*)$/.exec(line) ?? [];
  return [...given.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? "",
  );
}

describe("what tells a command's form", () => {
  test.each(commandsOf("form"))("names options of it: $text", ({ text }) => {
    const [command = ""] = wordsOf(text);
    expect(helpOf(command)).toBeDefined();
    const options = [...text.matchAll(/--([a-z-]+)/g)];
    expect(options.length).toBeGreaterThan(0);
    for (const [, name = ""] of options)
      expect(kindOf(command, name), `--${name}`).toBeDefined();
  });
});

describe("a command in a sentence", () => {
  const spans = pages.flatMap((page) =>
    spansOf(page).map((text) => ({ file: page.file, text })),
  );
  // "rundeck-ssm: …" is a line of output
  const ours = spans.filter(
    ({ text }) =>
      /^(?:npx )?rundeck-ssm [a-z-]/.test(text) && !/[|<…]/.test(text),
  );

  test.each(ours)("is one that there is: $file: $text", ({ text }) => {
    const given = parseArguments(wordsOf(text), kindOf);
    expect(helpOf(given.command.replace("--version", "version"))).toBeDefined();
  });

  test("would be seen if there were none such", () => {
    expect(ours.length).toBeGreaterThan(15);
    expect(() =>
      parseArguments(wordsOf("rundeck-ssm doctor --ssm-nothing 1"), kindOf),
    ).toThrow("there is no option");
  });

  test("is in a block as well, or here, where it is another program's", () => {
    const here = new Set([
      // of what is in a block: its end, and its general form
      "docker compose --file docker/compose.yaml down --volumes",
      "aws ec2 modify-instance-metadata-options --instance-id ID --http-put-response-hop-limit 2",
      // of a release, which a pull request makes
      "npm version --no-git-tag-version 1.2.3",
      "npm install --package-lock-only",
      // what is no longer needed, and what a node does
      "aws ssm send-command",
    ]);
    const given = new Set(
      [...commands.map(({ text }) => text), ...here].flatMap((text) => [
        text,
        ...text.split(" && "),
      ]),
    );
    const others = spans
      .map(({ text }) => text)
      .filter((text) =>
        /^(?:aws|curl|docker|git|npm|sha256sum|systemctl|(?:\.\/)?scripts\/\S+) (?!run |test$)/.test(
          text,
        ),
      );
    expect(others.length).toBeGreaterThan(5);
    expect(others.filter((text) => !given.has(text))).toEqual([]);
  });
});

test("scripts that the documents name are there", () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync("package.json", "utf8")));
  const text = pages
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
