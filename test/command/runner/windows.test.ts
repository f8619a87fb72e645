import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Language, Parser } from "web-tree-sitter";
import type { Node } from "web-tree-sitter";
import {
  composePage,
  composePoll,
  composeRecover,
  composeRemove,
  composeRunner,
  composeStop,
  composeUpload,
} from "../../../src/command/runner/compose.ts";
import type { RunnerRequest } from "../../../src/command/runner/request.ts";
import { BridgeError } from "../../../src/kernel/errors.ts";
import { request } from "../../support/runner.ts";
import { runs } from "../../support/fuzz.ts";

let parser: Parser;

beforeAll(async () => {
  await Parser.init();
  const require = createRequire(import.meta.url);
  const grammar =
    require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");
  parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(grammar)));
});

function parse(text: string): Node {
  const tree = parser.parse(text);
  if (!tree) throw new Error("the parser gave up");
  return tree.rootNode;
}

function windows(command: string, more: Partial<RunnerRequest> = {}) {
  return request(command, { platform: "windows", ...more });
}

/** The command as PowerShell would read it back: the first here-string, and the marks taken out that protect its lines. */
function commandIn(text: string, runId: string): string | undefined {
  const [literal] = parse(text).descendantsOfType(
    "verbatim_here_string_characters",
  );
  return literal?.text
    .slice("@'\n".length, -"\n'@".length)
    .replaceAll(new RegExp(`${runId}(?=['\u2018-\u201b]@)`, "g"), "");
}

const nasty = [
  "Write-Output 'it''s'; exit 3",
  "'@",
  "'@\n'@",
  "$x = @'\nhere\n'@\n$y = @\"\n$x\n\"@",
  "\u2019@\n\u2018@\n\u201a@\n\u201b@",
  "a\r\n'@\r\nb\r\n'@",
  "  '@ indented",
  'throw "x"; $( `"',
  "# only a comment",
  "'grüße 你好 🚀'",
  "<# open comment",
  "}}}))]",
];

describe("the runner for Windows", () => {
  test.each(nasty)("%j parses, and is in it whole", (command) => {
    const wanted = windows(command);
    const text = composeRunner(wanted);
    expect(parse(text).hasError).toBe(false);
    expect(commandIn(text, wanted.runId)).toBe(command);
  });

  test("whatever the command, variables and directory, they stay strings", () => {
    const anyText = fc
      .oneof(
        fc.string({ unit: "grapheme" }),
        fc.string({
          unit: fc.constantFrom(
            ...Array.from("'\u2018\u2019\u201a\u201b\"@\n\r$`(){};#<>&| a"),
          ),
        }),
      )
      // (the grammar, unlike PowerShell, knows neither a lone CR in a here-string nor an empty one; and what Systems Manager
      // would take for a parameter is not written as it is)
      .map((text) =>
        text
          .replaceAll("\0", "")
          .replaceAll(/\r(?!\n)/g, "")
          .replaceAll(/\{+/g, "{"),
      );
    fc.assert(
      fc.property(anyText, anyText, (one, two) => {
        // the grammar, unlike PowerShell, takes a quote at a line's end for a part of what ends the text
        const command = `#${one.replaceAll(/['\u2018-\u201b]+$/gm, "").trimEnd()}`;
        const wanted = windows(command, {
          workingDirectory: two,
          variables: new Map([["RD_ONE", one]]),
          live: one.length % 2 === 0,
        });
        const text = composeRunner(wanted);
        expect(parse(text).hasError).toBe(false);
        expect(commandIn(text, wanted.runId)).toBe(command);
        const strings = parse(text)
          .descendantsOfType("verbatim_string_characters")
          .map((node) => node.text);
        expect(strings).toContain(quoted(one));
        expect(strings).toContain(quoted(two));
      }),
      { numRuns: runs(60) },
    );
  });

  test("a variable is no longer than Windows takes it", () => {
    const compose = (length: number) =>
      composeRunner(
        windows("x", { variables: new Map([["RD_X", "x".repeat(length)]]) }),
      );
    expect(compose(32_766)).toContain("$env:RD_X = 'xx");
    expect(() => compose(32_767)).toThrow(
      /^ssm-pass-variables: RD_X has 32767 characters/,
    );
  });

  test("a line that would end the here-string is protected, whichever end of line it has", () => {
    const text = composeRunner(windows("a\r'@\rb\n\u2019@\r\n'@\r'@"));
    const ends = text.match(/[\r\n]['\u2018-\u201b]@/g);
    // its own, and that of the lines which start it
    expect(ends).toEqual(["\n'@", "\n'@"]);
  });

  test("what starts the command on the node parses, too", () => {
    const folder = new URL(
      "../../../src/command/runner/windows/",
      import.meta.url,
    );
    const start = readFileSync(new URL("start.ps1", folder), "utf8");
    expect(parse(start).hasError).toBe(false);
    expect(composeRunner(windows("exit 0"))).toContain(start);
    // it is carried by a here-string
    expect(start).not.toMatch(/^'@/m);
  });

  test("a deliberate error is found", () => {
    const text = composeRunner(windows("exit 0"));
    expect(parse(text.replace("function Stop-Tree {", "")).hasError).toBe(true);
    expect(parse(`${text}\n$x = 'open`).hasError).toBe(true);
  });

  test.each([
    [
      "page",
      composePage({
        runId: "0".repeat(24),
        platform: "windows",
        page: 2,
        last: true,
      }),
    ],
    [
      "recovery",
      composeRecover({
        runId: "0".repeat(24),
        platform: "windows",
        graceSeconds: 1,
        maxBytes: 10,
      }),
    ],
    [
      "recovery that keeps the private files",
      composeRecover({
        runId: "0".repeat(24),
        platform: "windows",
        graceSeconds: 1,
        maxBytes: 10,
        keep: true,
      }),
    ],
    [
      "recovery of the rest",
      composeRecover({
        runId: "0".repeat(24),
        platform: "windows",
        graceSeconds: 1,
        maxBytes: 10,
        delivered: {
          stdoutFrom: 5_000_000_000,
          stderrFrom: 3,
          stdoutTextFrom: 2,
          stderrTextFrom: 4,
        },
      }),
    ],
    [
      "upload",
      composeUpload({
        runId: "0".repeat(24),
        platform: "windows",
        bucket: "b",
        key: "k",
        url: "https://b.example/k?X-Amz-Signature=a'b\u2019c$(exit)",
      }),
    ],
    ["removal", composeRemove({ runId: "0".repeat(24), platform: "windows" })],
    [
      "stop",
      composeStop({
        runId: "0".repeat(24),
        platform: "windows",
        graceSeconds: 1,
      }),
    ],
    [
      "poll",
      composePoll({
        runId: "0".repeat(24),
        platform: "windows",
        stdoutFrom: 1,
        stderrFrom: 2,
        waitSeconds: 2,
        maxBytes: 8_000_000,
      }),
    ],
  ])("a %s parses", (_name, text) => {
    expect(parse(text).hasError).toBe(false);
  });

  test("no function is called that the text does not define", () => {
    for (const live of [true, false]) {
      const root = parse(composeRunner(windows("exit 0", { live })));
      const defined = root
        .descendantsOfType("function_name")
        .map((node) => node.text);
      const called = root
        .descendantsOfType("command_name")
        .map((node) => node.text)
        .filter((name) => /^[A-Z]\w+-[A-Z]\w+$/.test(name));
      const foreign = called.filter((name) => !defined.includes(name));
      // without CloudWatch Send-Live is not reached; what is allowed in Constrained Language came with Windows PowerShell 5.1
      expect(new Set(foreign)).toEqual(
        new Set([...(live ? [] : ["Send-Live"]), "Write-Output"]),
      );
    }
  });

  test("ssm-run-as is refused before anything is sent", () => {
    expect(() => composeRunner(windows("x", { runAs: "bob" }))).toThrow(
      BridgeError,
    );
  });
});

function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;
}
