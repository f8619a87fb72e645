import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Node } from "web-tree-sitter";
import {
  composeFetch,
  composeJoin,
  composeRemove,
  composeStore,
} from "../../src/copy/script.ts";
import type { Destination, Way } from "../../src/copy/request.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import { openPowerShell } from "../support/powershell.ts";
import { runs } from "../support/fuzz.ts";

let parse: (text: string) => Node;
beforeAll(async () => {
  parse = await openPowerShell();
});

const copyId = "0123456789abcdef01234567";
const sha256 = "ab".repeat(32);

function to(path: string, more: Partial<Destination> = {}): Destination {
  return {
    platform: "windows",
    path,
    fileName: "deploy.ps1",
    fileMode: "0600",
    copyId,
    ...more,
  };
}

const ways: Way[] = [
  { kind: "role", bucket: "b", key: "p/k", region: "eu-west-1" },
  { kind: "link", url: "https://b.s3.amazonaws.com/k?X-Amz-Signature=1&a=%27" },
  { kind: "agent", object: "k" },
];
const piece = { number: 1, of: 2, base64: "AAAA" };

function scripts(where: Destination): [name: string, text: string][] {
  return [
    ["store", composeStore(where, piece)],
    ["join", composeJoin(where, piece, { sha256, packing: "gzip" })],
    ["remove", composeRemove(where)],
    ...ways.map((way): [string, string] => [
      way.kind,
      composeFetch(where, way, { sha256 }),
    ]),
  ];
}

describe("a copy's scripts for Windows", () => {
  it.each([
    "C:\\Program Files\\app\\x.ps1",
    "\\\\server\\share\\ünï cödé\\it's",
    "C:/tmp/",
    "~\\x",
    "'; Remove-Item C:\\ -Recurse; '",
    "\u2019; exit; \u2018$(x)`n",
    "{{ssm:name}}",
  ])("parse, for the destination %s", (path) => {
    for (const [name, text] of scripts(to(path)))
      expect([name, parse(text).hasError]).toEqual([name, false]);
  });

  it("hold the destination and the file's name as strings, whatever is in them", () => {
    const anyName = fc
      .string({ unit: "grapheme" })
      .filter((name) => !/[\0\r\n{]/.test(name));
    fc.assert(
      fc.property(anyName, anyName, (path, fileName) => {
        const text = composeJoin(to(path, { fileName }), piece, {
          sha256,
          packing: "none",
        });
        const root = parse(text);
        expect(root.hasError).toBe(false);
        const strings = root
          .descendantsOfType("verbatim_string_characters")
          .map((node) =>
            node.text.slice(1, -1).replaceAll(/(['\u2018-\u201b])\1/g, "$1"),
          );
        expect(strings).toContain(path);
        expect(strings).toContain(fileName);
      }),
      { numRuns: runs(60) },
    );
  });

  it("give Systems Manager no reference to replace", () => {
    for (const [, text] of scripts(to("C:\\{{ssm:a}}\\{{{b}}}")))
      expect(text).not.toContain("{{");
  });

  it("call nothing that Windows PowerShell 5.1 or they themselves do not have", () => {
    const foreign = scripts(to("C:\\x")).flatMap(([, text]) => {
      const root = parse(text);
      const names = (type: string) =>
        root.descendantsOfType(type).map((node) => node.text);
      const defined = names("function_name");
      return names("command_name").filter(
        (name) => /^[A-Z]\w+-\w+$/.test(name) && !defined.includes(name),
      );
    });
    expect(new Set(foreign)).toEqual(
      new Set([
        "ForEach-Object",
        "Get-Command",
        "Get-Item",
        "Get-Location",
        "New-Object",
        "Out-String",
        // asked for with Get-Command first
        "Read-S3Object",
        "Start-Sleep",
      ]),
    );
  });

  it("find a deliberate error", () => {
    const text = composeRemove(to("C:\\x"));
    expect(parse(text.replace("function Remove-Private {", "")).hasError).toBe(
      true,
    );
  });

  it("refuse ssm-run-as", () => {
    expect(() => composeRemove(to("C:\\x", { runAs: "bob" }))).toThrow(
      BridgeError,
    );
  });
});
