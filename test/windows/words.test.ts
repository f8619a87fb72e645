import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { writeForPowerShell } from "../../src/command/windows-words.ts";
import {
  forms,
  option,
  pairs,
  quoteAsRundeck,
} from "../support/rundeck-quoting.ts";
import { hasWindows, runOnWindows } from "../support/windows.ts";
import { runs } from "../support/fuzz.ts";

const target = "node web-1";

/** What PowerShell makes of each command: the words that it hands to Write-Output and Get-Content, or what it prints. */
async function readByPowerShell(
  commands: readonly string[],
): Promise<string[][]> {
  const encode = (text: string) => Buffer.from(text).toString("base64");
  const text = `
$OFS = ','
function Decode($base64) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($base64)) }
function Print($kind, $text) { [Console]::Out.WriteLine($kind + ' ' + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("$text"))) }
function Write-Output { foreach ($one in $args) { Print 'word' $one } }
function Get-Content { foreach ($one in $args) { Print 'word' $one } }
foreach ($command in '${commands.map(encode).join(" ")}' -split ' ') {
  [Console]::Out.WriteLine('case')
  try { . ([ScriptBlock]::Create((Decode $command))) | ForEach-Object { Print 'value' $_ } } catch { Print 'error' '' }
}
`;
  const { stdout, exitCode } = await runOnWindows(text);
  expect(exitCode).toBe(0);
  const cases = stdout.toString().split(/^case\r?\n/m);
  return cases
    .slice(1)
    .map((lines) =>
      Array.from(
        lines.matchAll(/^(\w+) (\S*)/gm),
        ([, kind = "", base64 = ""]) =>
          kind === "error"
            ? "error"
            : `${kind} ${Buffer.from(base64, "base64").toString()}`,
      ),
    );
}

/** What each step of the pairs shall give. */
function expected(
  step: string,
  value: string,
  form: string,
): string[] | undefined {
  const is62 = form === "since 6.2";
  switch (step) {
    case "Write-Output ${option.x}":
      return value === "" ? [] : [`word ${value}`];
    case 'Write-Output "Hello ${option.x}"':
      return [`word Hello ${value}`];
    case "Write-Output --name=${option.x}":
      return [`word --name=${value}`];
    case "Get-Content C:\\data\\${option.x}":
      // without a value it stays as Rundeck quoted it
      return [`word C:\\data\\${value === "" && is62 ? "\\" : value}`];
    case 'Write-Output "$env:OS ${option.x}"':
      return [
        is62 && value !== "$env:OS"
          ? `word Windows_NT ${value}`
          : `word $env:OS ${value}`,
      ];
    case "[IO.Path]::Combine('C:\\a','${option.x}')":
      return value === "" || value === "svc"
        ? undefined
        : [`value [IO.Path]::Combine('C:\\a','${value}')`];
    default:
      // (its quotes are gone with Rundeck: it is no PowerShell any more, but no code either)
      return ["error"];
  }
}

// a start of PowerShell takes a second, and many times that where others work beside it
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe.skipIf(!hasWindows)("values in PowerShell's own reading", () => {
  it("of Rundeck's two quotings are the values, and nothing runs", async () => {
    const cases = pairs.flatMap((pair) =>
      forms.map((form) => ({ ...pair, form, sent: pair[form] })),
    );
    const read = await readByPowerShell(
      cases.map(({ sent, option: value }) =>
        writeForPowerShell(sent, [option(value)], target),
      ),
    );
    const told = cases.map(({ step, option: value, form }, index) => ({
      step,
      value,
      form,
      is: expected(step, value, form) ?? read[index],
    }));
    expect(
      cases.map((one, index) => ({
        step: one.step,
        value: one.option,
        form: one.form,
        is: read[index],
      })),
    ).toEqual(told);
    expect(read).toHaveLength(210);
  });

  it("whatever they are, in any place of a word, are the values", async () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        ...Array.from("'\"‘’‚‛“”„$(){}`;#@&|<>%\\ \n\t–-,[]~^=!*?a1\u00a0é🚀"),
        "$(1+1)",
        "'; 'INJECTED'; '",
        "{{ssm:p}}",
        "\n'@\n",
        "$env:OS",
      ),
      minLength: 1,
      maxLength: 12,
    });
    // what an author writes around a value, whose quotes Rundeck has taken
    const around = fc.constantFrom(
      "",
      "--name=",
      "C:\\data\\",
      "x y ",
      "it's ",
    );
    const cases = fc
      .sample(fc.tuple(nasty, around, around, fc.constantFrom(...forms)), {
        numRuns: runs(400),
        seed: 62,
      })
      .filter(
        ([value, before, after]) =>
          // a word that Rundeck does not quote is the author's, unless it is just the value
          quoteAsRundeck(before + value + after, forms[0]) !==
            before + value + after && quoteAsRundeck(value, forms[0]) !== value,
      );
    const read = await readByPowerShell(
      cases.map(([value, before, after, form]) =>
        writeForPowerShell(
          `Write-Output first ${quoteAsRundeck(before + value + after, form)} last`,
          [option(value), option("first"), option("web", "RD_NODE_NAME")],
          target,
        ),
      ),
    );
    for (const [index, [value, before, after]] of cases.entries())
      expect(read[index]).toEqual([
        "word first",
        `word ${before}${value}${after}`,
        "word last",
      ]);
    expect(cases.length).toBeGreaterThan(200);
  });

  it("that Rundeck leaves bare are the values, alone or within a word", async () => {
    const cases = [
      "#x",
      "@x",
      "x”",
      "‘",
      "–WhatIf",
      "—",
      "a\u00a0b",
      "x\u2003y",
      "„",
    ].flatMap((value) =>
      [value, `--name=${value}`, `${value}.txt`, `a,${value}`].map((word) => ({
        value,
        word,
      })),
    );
    const read = await readByPowerShell(
      cases.map(({ value, word }) =>
        writeForPowerShell(
          `Write-Output first ${word} last`,
          [option(value, "RD_DATA_X")],
          target,
        ),
      ),
    );
    expect(read).toEqual(
      cases.map(({ word }) => ["word first", `word ${word}`, "word last"]),
    );
  });
});
