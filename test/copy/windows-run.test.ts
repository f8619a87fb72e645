import { describe, expect, it, vi } from "vitest";
import {
  composeFetch,
  composeJoin,
  composeRemove,
  composeStore,
} from "../../src/copy/script.ts";
import type { Destination, Way } from "../../src/copy/request.ts";
import { hasWindows } from "../support/windows.ts";
import {
  copyId,
  packed,
  runCopy,
  sha256,
  to,
  whole,
} from "../support/windows-copy.ts";

const content = "one\ntwo ü €\n";
const sum = sha256(content);
const plain = { sha256: sum, packing: "none" } as const;

function join(path: string, more: Partial<Destination> = {}): string {
  return composeJoin(to(path, more), whole(content), plain);
}

function fetch(way: Way, path = "x.txt"): string {
  return composeFetch(to(path), way, { sha256: sum });
}

const privateFiles = `foreach ($end in '', '.1') { Set-Content "x\\.rundeck-ssm-copy-${copyId}$end" part }`;

vi.setConfig({ maxConcurrency: 100 });

describe.skipIf(!hasWindows).concurrent(
  "a copy's texts on Windows (RUNDECK_SSM_POWERSHELL)",
  // the last one waits for all others'
  { timeout: 600_000 },
  () => {
    it("make the file and its folders, and leave nothing else", async () => {
      const path = "new\\folder\\ünï cödé [1] it's `$x.txt";
      const text = composeJoin(to(path), packed(content), {
        sha256: sum,
        packing: "gzip",
      });
      const seen = await runCopy({ texts: [text] });
      expect(seen).toMatchObject({
        answers: [{ kind: "copied", path: expect.stringMatching(/^C:\\/) }],
        exitCodes: [0],
        stderr: "",
        files: { [path]: content },
      });
      expect(seen.answers[0]).toMatchObject({
        path: expect.stringContaining(path),
      });
    });

    it("join pieces, each kept beside the destination until then", async () => {
      const bytes = Buffer.from(
        Array.from({ length: 512 }, (_, at) => at & 255),
      );
      const where = to("x\\bytes.bin");
      const piece = (number: number) => ({
        number,
        of: 3,
        base64: bytes
          .subarray(number * 171 - 171, number * 171)
          .toString("base64"),
      });
      const seen = await runCopy({
        texts: [
          composeStore(where, piece(2)),
          composeStore(where, piece(1)),
          composeJoin(where, piece(3), {
            sha256: sha256(bytes),
            packing: "none",
          }),
        ],
        after: "(Get-ChildItem x -Force).Name",
      });
      expect(seen).toMatchObject({
        answers: [{ kind: "stored" }, { kind: "stored" }, { kind: "copied" }],
        shown: ["bytes.bin"],
      });
      expect(Object.values(seen.files)).toEqual([bytes.toString()]);
    });

    it("put nothing in its place that is not what was sent", async () => {
      const text = composeJoin(to("x.txt"), whole("altered"), plain);
      const seen = await runCopy({
        before: "[IO.File]::WriteAllText(\"$base\\x.txt\", 'old')",
        texts: [text],
      });
      expect(seen).toMatchObject({
        answers: [{ kind: "failed", step: "damaged" }],
        exitCodes: [1],
        stderr: "",
        files: { "x.txt": "old" },
      });
      expect(Object.keys(seen.files)).toEqual(["x.txt"]);
    });

    it("replace a file, and put one into a folder under its own name", async () => {
      const seen = await runCopy({
        before:
          "[IO.File]::WriteAllText(\"$base\\x.txt\", 'old'); $null = New-Item -ItemType Directory y",
        texts: [join("x.txt"), join("y"), join("z\\"), join("./y/../w")],
      });
      expect(seen.stderr).toBe("");
      expect(seen.files).toEqual({
        "x.txt": content,
        "y\\deploy.ps1": content,
        "z\\deploy.ps1": content,
        w: content,
      });
    });

    it("take what ends with a dot for a folder, also where it is not there", async () => {
      const seen = await runCopy({
        texts: [join("new\\."), join("x\\y\\..")],
      });
      expect(seen.stderr).toBe("");
      expect(seen.files).toEqual({
        "new\\deploy.ps1": content,
        "x\\deploy.ps1": content,
      });
    });

    it("keep no part of a piece that could not be written", async () => {
      // who holds it lets it be deleted, and not be written to
      const name = `.rundeck-ssm-copy-${copyId}.1`;
      const seen = await runCopy({
        before: `$held = [IO.File]::Open("$base\\${name}", 'Create', 'ReadWrite', 'Delete')`,
        texts: [
          composeStore(to("x.txt"), { number: 1, of: 2, base64: "AAAA" }),
        ],
        after: "$held.Dispose()",
      });
      expect(seen.answers).toMatchObject([{ kind: "failed", step: "write" }]);
      expect(seen.files).toEqual({});
    });

    it("remove what a copy left half a day ago in the same folder", async () => {
      const seen = await runCopy({
        before: `foreach ($hours in 1, 13) {
            Set-Content ".rundeck-ssm-copy-$hours" "$hours" -NoNewline
            [IO.File]::SetLastWriteTimeUtc("$base\\.rundeck-ssm-copy-$hours", [DateTime]::UtcNow.AddHours(-$hours))
          }`,
        texts: [join("x.txt")],
      });
      expect(seen.stderr).toBe("");
      expect(seen.files).toEqual({
        ".rundeck-ssm-copy-1": "1",
        "x.txt": content,
      });
    });

    it("keep a replaced file's attributes", async () => {
      const seen = await runCopy({
        before:
          "[IO.File]::WriteAllText(\"$base\\x\", 'old'); [IO.File]::SetAttributes(\"$base\\x\", 'Hidden, System')",
        texts: [join("x")],
        after: '[string][IO.File]::GetAttributes("$base\\x")',
      });
      expect(seen.shown[0]).toMatch(/Hidden, System/);
      expect(seen.files).toEqual({ x: content });
    });

    it("say of a folder that a file of such a name can't be in it", async () => {
      const seen = await runCopy({
        before: "$null = New-Item -ItemType Directory y",
        texts: [join("y", { fileName: "con.txt" })],
      });
      expect(seen).toMatchObject({
        answers: [
          {
            kind: "failed",
            step: "name",
            said: expect.stringContaining('"con.txt" is a device'),
          },
        ],
        files: {},
      });
    });

    it("take \\\\x for a folder of Windows' own drive, and ~ for the agent's home", async () => {
      const name = `copy-${copyId}-${process.pid}`;
      const seen = await runCopy({
        texts: [join(`/Windows/Temp/${name}`), join(`~\\${name}`)],
        after: `Remove-Item -LiteralPath C:\\Windows\\Temp\\${name}, $HOME\\${name}; $HOME`,
      });
      expect(seen.answers).toEqual([
        { kind: "copied", path: `C:\\Windows\\Temp\\${name}` },
        { kind: "copied", path: `${seen.shown.at(-1)}\\${name}` },
      ]);
      expect(seen.stderr).toBe("");
    });

    it.each([
      [
        "there is a folder of its name",
        "$null = New-Item -ItemType Directory y\\deploy.ps1",
        "y",
        "directory",
      ],
      [
        "its folder is a file",
        "[IO.File]::WriteAllText(\"$base\\y\", 'old')",
        "y\\z\\x",
        "folder",
      ],
      [
        "it is in use",
        "$held = [IO.File]::Open(\"$base\\y\", 'Create', 'ReadWrite', 'None')",
        "y",
        "rename",
      ],
      [
        "it is read-only",
        "[IO.File]::WriteAllText(\"$base\\y\", 'old'); [IO.File]::SetAttributes(\"$base\\y\", 'ReadOnly')",
        "y",
        "rename",
      ],
    ])(
      "leave a destination alone where %s, and say why in Windows' words",
      async (_, before, path, step) => {
        const seen = await runCopy({
          before,
          texts: [join(path)],
          after:
            "if ($held) { $held.Dispose() }; (Get-ChildItem -Recurse -Force -File).Name; Get-ChildItem -File -Force | ForEach-Object { $_.Attributes = 'Normal' }",
        });
        expect(seen.answers).toMatchObject([{ kind: "failed", step }]);
        expect(seen.shown.filter((name) => name.startsWith("."))).toEqual([]);
        expect(seen.files.y ?? "old").toMatch(/^(old)?$/);
        expect(`${seen.stdout}${seen.stderr}`).not.toContain(
          `.rundeck-ssm-copy-${copyId}`,
        );
        expect(seen.stderr.split("\n")).toHaveLength(
          step === "directory" ? 1 : 2,
        );
      },
    );

    it("do not follow a symbolic link", async () => {
      // in PowerShell's words: making one takes rights, and a file system that has them
      const seen = await runCopy({
        before:
          "[IO.File]::WriteAllText(\"$base\\x\", 'old'); function Get-Item { New-Object PSObject -Property @{ LinkType = 'SymbolicLink'; Target = 'C:\\elsewhere' } }",
        texts: [join("x")],
      });
      expect(seen.answers).toEqual([
        { kind: "failed", step: "windows-link", said: "C:\\elsewhere" },
      ]);
      expect(seen.files).toEqual({ x: "old" });
    });

    it("remove what a copy left, and nothing else", async () => {
      const seen = await runCopy({
        before: `$null = New-Item -ItemType Directory x; ${privateFiles}; [IO.File]::WriteAllText("$base\\x\\.rundeck-ssm-copy-other", 'other')`,
        texts: [
          composeRemove(to("x\\x.txt")),
          composeRemove(to("not there\\x.txt")),
        ],
      });
      expect(seen).toMatchObject({
        answers: [{ kind: "removed" }, { kind: "removed" }],
        exitCodes: [0, 0],
        stderr: "",
        files: { "x\\.rundeck-ssm-copy-other": "other" },
      });
      expect(Object.keys(seen.files)).toHaveLength(1);
    });

    it("wait with removing for whoever still holds a private file", async () => {
      const seen = await runCopy({
        before: `$null = New-Item -ItemType Directory x; ${privateFiles}
          $holder = [PowerShell]::Create().AddScript("
            \`$file = [IO.File]::Open('$base\\x\\.rundeck-ssm-copy-${copyId}', 'Open', 'Read', 'None')
            Set-Content '$base\\held' held; Start-Sleep 2; \`$file.Dispose()")
          $null = $holder.BeginInvoke()
          while (-not (Test-Path held)) { Start-Sleep -Milliseconds 50 }`,
        texts: [composeRemove(to("x\\x.txt"))],
        after: "Remove-Item held",
      });
      expect(seen).toMatchObject({ answers: [{ kind: "removed" }], files: {} });
      expect(seen.files).toEqual({});
    });

    it("say of Constrained Language that it is what stands in the way, and leave nothing", async () => {
      const constrain =
        "$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'";
      const piece = { number: 1, of: 2, base64: "AAAA" };
      const texts = [
        join("x.txt"),
        composeStore(to("x.txt"), piece),
        fetch({ kind: "link", url: "http://127.0.0.1:9/x" }),
        fetch({ kind: "role", bucket: "b", key: "k", region: "eu-west-1" }),
        fetch({ kind: "agent", object: "k" }),
        composeRemove(to("x.txt")),
      ];
      // from the first one on, for the whole session
      const [first = "", ...others] = texts;
      const seen = await runCopy({
        texts: [`${constrain}\n${first}`, ...others],
        isAlone: true,
      });
      const failed = { kind: "failed", step: "language", said: "" };
      expect(seen).toMatchObject({
        answers: [failed, failed, failed, failed, failed, { kind: "removed" }],
        stderr: "",
        files: {},
      });
      expect(seen.files).toEqual({});
    });
  },
);
