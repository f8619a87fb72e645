import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planCommand } from "../../src/command/plan.ts";
import { listValues, splitWords } from "../../src/command/rundeck-words.ts";
import { writeForCmd } from "../../src/command/windows-cmd.ts";
import { writeForPowerShell } from "../../src/command/windows-words.ts";
import { BridgeError } from "../../src/kernel/errors.ts";
import {
  forms,
  option,
  pairs,
  quoteAsRundeck,
} from "../support/rundeck-quoting.ts";
import { runs } from "../support/fuzz.ts";

const target = "node web-1 (i-1, us-east-1)";
const write = (command: string, ...values: string[]) =>
  writeForPowerShell(
    command,
    values.map((text) => option(text)),
    target,
  );

describe("a value of Rundeck's in a command for PowerShell", () => {
  it.each([
    [`Write-Output '$(1+1)'`, "$(1+1)", `Write-Output '$(1+1)'`],
    [`Write-Output "$(1+1)"`, "$(1+1)", `Write-Output '$(1+1)'`],
    [
      `Write-Output "x\\"; 'INJECTED'; \\""`,
      `x"; 'INJECTED'; "`,
      `Write-Output 'x"; ''INJECTED''; "'`,
    ],
    [
      `Write-Output 'x‘; Write-Output INJECTED; ‘y'`,
      "x‘; Write-Output INJECTED; ‘y",
      `Write-Output 'x‘‘; Write-Output INJECTED; ‘‘y'`,
    ],
    [`Write-Output "100%%"`, "100%", `Write-Output '100%'`],
    [`Write-Output 'it'"'"'s'`, "it's", `Write-Output 'it''s'`],
    [`Write-Output "C:\\a b\\\\"`, "C:\\a b\\", `Write-Output 'C:\\a b\\'`],
    [`a "--x=1 2" 'b c'`, "1 2", `a '--x=1 2' 'b c'`],
    [`a "Hello $env:OS x y"`, "x y", 'a "Hello ${env:OS} x y"'],
    [
      `a "$name, $1, $x:y, $(z) x y"`,
      "x y",
      'a "${name}, `$1, `$x:y, `$(z) x y"',
    ],
    [`a "$env:OS $env:OS"`, "$env:OS", `a '$env:OS $env:OS'`],
    [`a "$größe, $x_1 x y"`, "x y", 'a "${größe}, ${x_1} x y"'],
    // a value that would make another variable of the author's
    [`a "$names y"`, "s y", `a '$names y'`],
    [`a "$env:OS and more"`, ":OS and", `a '$env:OS and more'`],
    [`a "{{ssm:p}} x"`, "{{ssm:p}}", 'a "{`{ssm:p}} x"'],
    [`a '{{{{x y'`, "x y", 'a "{`{`{`{x y"'],
    ["a x” b", "x”", `a 'x”' b`],
    ["a #x", "#x", `a '#x'`],
    ["a @x", "@x", `a '@x'`],
    ["a –WhatIf", "–WhatIf", `a '–WhatIf'`],
    ["a x\u00a0y", "x\u00a0y", `a 'x\u00a0y'`],
    // within a word that the author wrote the rest of
    ["a ‘.txt b", "‘", `a '‘‘.txt' b`],
    ["a --name=x\u00a0-Force", "x\u00a0-Force", `a '--name=x\u00a0-Force'`],
    ["a x\u0085#.txt", "x\u0085#", `a 'x\u0085#.txt'`],
    ["a #.txt b", "#", `a '#.txt' b`],
    ["a b,#c d", "#c", `a 'b,#c' d`],
    ["a -Name:@c", "@c", `a '-Name:@c'`],
    ["a –x.txt", "–x", `a '–x.txt'`],
    // where these signs are but signs
    ["a -To:ada@b.c,d@e.f", "ada@b.c", "a -To:ada@b.c,d@e.f"],
    ["a c#.txt", "c#", "a c#.txt"],
    // the author's, and the value's by chance
    ["@{ a = '#' } # x", "@", "@{ a = '#' } # x"],
    ["a #{b}", "#", "a #{b}"],
  ])("%s with %j is %s", (command, value, written) => {
    expect(write(command, value)).toBe(written);
  });

  it.each([
    `Write-Output "$(Get-Date) svc"`,
    `Get-Process | Where-Object { $_.CPU -gt 10 }`,
    `Write-Output 'a b' "c d" e`,
    `if ($true) { "x y" } # it's`,
    `$x = @{ a = 'b c' }; $x.a`,
    `Write-Output "say ""hi"""`,
    `Write-Output "50% of $x"`,
    `Write-Output 'it''s'`,
    `Write-Output "a\`nb"`,
    `Invoke-Command -ScriptBlock { param($n) $n } -ArgumentList svc`,
    `'tis "x' y"`,
    `Write-Output "svc`,
    `Write-Output "C:\\svc\\"`,
    `Get-Content C:\\data\\svc`,
    `& "C:\\Program Files\\x\\y.exe" --name=svc`,
    `C:\\tools\\x.exe run build.cmd`,
    `C:\\tools\\x.cmd; Get-Item C:\\y.ps1`,
    `.\\deploy.ps1 svc`,
    `C:\\Windows\\System32\\cmd /c echo hello.bat`,
    `C:\\Windows\\System32\\cmd /c scripts\\hello.bat`,
    `C:\\tools\\git add run.cmd`,
    `C:\\tools\\git add .\\run.cmd`,
    `C:\\tools\\powershell -File scripts\\deploy.ps1`,
    `\\\\srv\\tools\\run deploy.ps1`,
    `\\\\srv\\tools\\run ..\\deploy.ps1`,
    `robocopy C:\\a C:\\b /mir; exit 0`,
    `cmd /c "echo a & echo b"`,
    `$name = "svc"; "Hello $name"`,
    `[IO.Path]::Combine('C:\\a','svc')`,
    `Write-Output @'\na 'b' "c"\n'@`,
    ` Write-Output  'x' \t`,
    `Write-Output {{ssm:name}}`,
    `a -WhatIf`,
    `a -- --svc`,
    `a x,svc`,
    `a # a comment with "quotes of" one's own`,
    "",
  ])("%s, which the author wrote, stays as it is", (command) => {
    const values = ["svc", "1 2", "#c", "web-1", "10.0.0.1"];
    expect(write(command, ...values)).toBe(command);
  });

  it("with a quote parts no words, and the next value stays one", () => {
    const sent = quoteAsRundeck("`'; calc #", "since 6.2");
    expect(write(`Copy-Item ‘.txt ${sent}`, "‘", "`'; calc #")).toBe(
      "Copy-Item '‘‘.txt' '`''; calc #'",
    );
  });

  // Rundeck takes no quote within a word for one, and splits what it holds
  it.each([
    [`$x="Hello '$(calc)' there"`, "$(calc)"],
    [`$x="Hello "$(calc)" there"`, "$(calc)"],
    [`$x="Hello '";calc #' there"`, `";calc #`],
    [`$x="Hello ” there" 'a;b'`, "”"],
    ["Write-Output “Hello ””” '; calc #'", "””"],
    ["Write-Output ‘Hello ’’ x", "’"],
    ["x # '\ncalc #' y", "\ncalc #"],
    ["x <# '#>calc#' #>", "#>calc#"],
    ["x it's '`b' ", "`b"],
  ])(
    "is refused in a string or comment of the author's: %s",
    (command, value) => {
      expect(() => write(command, value)).toThrow(
        /web-1.*RD_OPTION_X stands within a string or comment/,
      );
    },
  );

  it.each([
    [`$x="Hello 'a;b' there"`, "a;b"],
    [`x="a" y='b "' z='it''s' '$(1)'`, "$(1)"],
    ["x `\" `' a#'b' '$(1)'", "$(1)"],
    ["x # it's\ny '$(1)'", "$(1)"],
    ["x <# it's #> '$(1)'", "$(1)"],
    [`$x=("a") + '$(1)'`, "$(1)"],
  ])("is data where it is not, or is but text: %s", (command, value) => {
    expect(write(command, value)).toBe(command);
  });

  it("a delimiter is no value, and neither is nothing", () => {
    const values = listValues(
      new Map([
        ["RD_OPTION_X", "a b"],
        ["RD_OPTION_X_DELIMITER", " "],
        ["RD_OPTION_EMPTY", ""],
        ["RD_OPTION_THE_DELIMITER", ";"],
        ["RD_DATA_Y", "@"],
        ["RD_NODE_Z", "#"],
      ]),
      ["s3cret"],
    );
    expect(values.map(({ text, chosen }) => [text, chosen])).toEqual([
      ["a b", true],
      [";", true],
      ["@", true],
      ["#", false],
      ["s3cret", true],
    ]);
  });

  it("a bare word of a node's attribute stays, one of an option does not", () => {
    const values = [option("#a", "RD_NODE_A"), option("#b")];
    expect(writeForPowerShell("x #a #b", values, target)).toBe("x #a '#b'");
  });

  it("words and blanks put together are the command", () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from("'\"\\% \n$aé‘”")),
    });
    fc.assert(
      fc.property(text, (command) => {
        const words = splitWords(command);
        expect(words.map((word) => word.text).join("")).toBe(command);
      }),
    );
  });

  it("a word in Rundeck's quoting is read for what was quoted", () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from("'\"\\% \n$aé‘”")),
      minLength: 1,
    });
    fc.assert(
      fc.property(text, fc.constantFrom(...forms), (meaning, form) => {
        const word = quoteAsRundeck(meaning, form);
        fc.pre(word !== meaning);
        expect(splitWords(word)).toMatchObject([{ kind: "quoted", meaning }]);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it.each(pairs)("the test quotes as Rundeck does: $step, $option", (pair) => {
    if (!/^\S+ [^"\s]*$/.test(pair.step)) return;
    const [name = "", word = ""] = pair.step.split(" ");
    for (const form of forms) {
      const filled = word.replace("${option.x}", () => pair.option);
      expect(`${name} ${quoteAsRundeck(filled, form)}`).toBe(pair[form]);
    }
  });
});

describe("a command that begins with a script's path", () => {
  it.each([
    [
      `C:\\path with blank\\x.ps1 "a b" 'c d' e`,
      `& 'C:\\path with blank\\x.ps1' 'a b' 'c d' e`,
    ],
    [
      `C:\\Program Files (x86)\\it's.ps1`,
      `& 'C:\\Program Files (x86)\\it''s.ps1'`,
    ],
    [`\\\\server\\share\\x.PS1 1`, `& '\\\\server\\share\\x.PS1' 1`],
    [`C:/tmp/x.cmd "$(1+1) 2"`, `& 'C:/tmp/x.cmd' '$(1+1) 2'`],
    [
      `C:/tmp/x.cmd 'C:\\x y\\' 'c;d' e`,
      `& 'C:/tmp/x.cmd' '"C:\\x y\\"' '"c;d"' e`,
    ],
    [
      `C:/tmp/x.cmd 'a;b' | Select-String 'c;d'`,
      `& 'C:/tmp/x.cmd' '"a;b"' | Select-String 'c;d'`,
    ],
    [`C:/tmp/x.bat 'say "hi"'`, `& 'C:/tmp/x.bat' 'say "hi"'`],
    [`C:\\x.ps1`, `& 'C:\\x.ps1'`],
    [`C:\\x.ps1 "Price $cost now"`, `& 'C:\\x.ps1' 'Price $cost now'`],
    [`C:\\x.ps1 C:\\y.ps1`, `& 'C:\\x.ps1' C:\\y.ps1`],
    [
      `D:\\Run Deck\\1-52-web-1-dispatch-script.tmp.bat`,
      `& 'D:\\Run Deck\\1-52-web-1-dispatch-script.tmp.bat'`,
    ],
    [
      `C:\\x.ps1 | Select-Object -First 1`,
      `& 'C:\\x.ps1' | Select-Object -First 1`,
    ],
  ])("%s is %s", (command, written) => {
    expect(write(command)).toBe(written);
  });
});

describe("the command that removes a script after its step", () => {
  it.each([
    String.raw`C:\Run Deck\1-5-web-1-dispatch-script.tmp.bat`,
    String.raw`C:\R & D\App -v2\it's 100%\1-5-x.ps1`,
    String.raw`\\server\a share\1-5-x.py`,
    String.raw`C:\WINDOWS\TEMP\1-5-x.bat`,
    "D:/Run Deck/1-5-x.bat",
  ])("has its path as one word: %s", (path) => {
    expect(write(`del ${path}`, "R & D")).toBe(
      `Remove-Item -LiteralPath '${path.replace("'", "''")}'`,
    );
    expect(writeForCmd(`del ${path}`, [option("R & D")], target)).toBe(
      `del "${path.replace("%", "%%")}"`,
    );
  });

  it.each([
    String.raw`del C:\a b.bat`,
    String.raw`del C:\a\1-5-x.bat C:\b\1-5-y.bat`,
    String.raw`del C:\a\1-5-x.bat /q`,
    String.raw`del C:\a\*\1-5-x.bat`,
    String.raw`del "C:\a b\1-5-x.bat"`,
  ])("is no other: %s", (command) => {
    expect(write(command)).toBe(command);
    expect(writeForCmd(command, [], target)).toBe(command);
  });
});

describe("a value that cmd.exe would read in the end", () => {
  const signs = [
    "a&calc",
    "a|b",
    "a<b",
    "a>b",
    "a^b",
    "%PATH%",
    "a!b",
    'a"b',
    "a\nb",
  ];

  it.each(
    signs.flatMap((sign) => [
      [`C:\\x y\\s.bat ${quoteAsRundeck(sign, "to 6.1")}`, sign],
      [`C:\\x\\s.cmd ${quoteAsRundeck(sign, "since 6.2")}`, sign],
      [`.\\deploy.bat one ${quoteAsRundeck(sign, "since 6.2")}`, sign],
      [`cmd /c echo ${quoteAsRundeck(sign, "to 6.1")}`, sign],
      [`$x = cmd.exe /c echo ${quoteAsRundeck(sign, "to 6.1")}`, sign],
      [
        `Get-Date; & C:\\Windows\\System32\\cmd.exe /c ${quoteAsRundeck(sign, "to 6.1")}`,
        sign,
      ],
      [`1 | % { x.cmd ${quoteAsRundeck(sign, "since 6.2")} }`, sign],
      [`& 'C:\\it''s\\b c\\x.bat' ${quoteAsRundeck(sign, "to 6.1")}`, sign],
      [`& "C:\\b c\\x.bat" ${quoteAsRundeck(sign, "to 6.1")}`, sign],
      [`$b = 'C:\\x.bat'; & $b ${quoteAsRundeck(sign, "to 6.1")}`, sign],
      [`if (cmd /c ${quoteAsRundeck(sign, "since 6.2")} ) { 1 }`, sign],
      [
        `Start-Process -FilePath x.bat -ArgumentList ${quoteAsRundeck(sign, "since 6.2")}`,
        sign,
      ],
    ]),
  )("%j is refused", refuses);

  // whatever the way by which it may get there
  it.each(
    [
      "& $env:ComSpec /c echo VALUE",
      '& "$env:ComSpec" /c echo VALUE',
      "$r=cmd /c echo VALUE ; $r",
      "$r += cmd /c echo VALUE",
      "[string]$r = cmd /c echo VALUE",
      "$o.x = cmd /c echo VALUE",
      "$r[0] = cmd /c echo VALUE",
      "$a, $b = cmd /c echo VALUE",
      "${out} = .\\x.bat VALUE",
      "$out=& .\\x.bat VALUE",
      "&cmd /c echo VALUE",
      "cmd `\n/c echo VALUE",
      "exit cmd /c echo VALUE",
      "throw cmd /c echo VALUE",
      "Get-Date &&cmd /c echo VALUE",
      "cmd/c echo VALUE",
      "cmd.exe/c echo VALUE",
      "cmd,/c echo VALUE",
      "c`md /c echo VALUE",
      'c"m"d /c echo VALUE',
      "& C:\\Program` Files\\x.bat VALUE",
      "& (Join-Path $env:TOOLS x.bat) VALUE",
      "Start-Process $env:ComSpec -NoNewWindow -ArgumentList /c,echo, VALUE",
      // what is called is in no word of it
      "& $env:TOOL VALUE",
      ". $env:TOOL VALUE",
      "&$env:TOOL VALUE",
      "& $tool.exe VALUE",
      '& "$env:TOOLS\\x" VALUE',
      "& ('c' + 'md') /c echo VALUE",
      "& (Join-Path $env:TOOLS x) VALUE",
      "Start-Process $env:TOOL VALUE",
      // what holds it goes on to another statement
      "VALUE | cmd",
      "$x = VALUE ; cmd /c echo $x",
      "VALUE | % { cmd /c echo $_ }",
      "Write-Output VALUE | % { cmd /c echo $_ }",
      "Write-Output VALUE $(cmd /c ver)",
      "Write-Output VALUE\ncmd /c ver",
    ].map((command) => [command.replace("VALUE", '"a&ver"'), "a&ver"]),
  )("%j is refused", refuses);

  function refuses(command: string, value: string) {
    expect(() => write(command, value)).toThrow(
      expect.objectContaining({ code: "setting-invalid" }),
    );
    expect(() => write(command, value)).toThrow(/web-1.*RD_OPTION_X/);
  }
  it.each([
    [`C:\\x\\s.bat "a b"`, "a b"],
    [`C:\\x\\s.ps1 "a&b"`, "a&b"],
    [`C:\\tools\\x.exe --name "a&b" ; if ($?) { "done" }`, "a&b"],
    [`git -C C:\\cmd\\x log "a&b" 2>&1 | Out-Null`, "a&b"],
    [`Invoke-Sqlcmd -Query "a&b" -ServerInstance $name`, "a&b"],
    [`$cmd = "a&b" ; $cmd.Length`, "a&b"],
    [`& $env:ProgramFiles\\x\\y.exe "a&b"`, "a&b"],
    [`& (Join-Path $env:ProgramFiles x\\y.exe) "a&b"`, "a&b"],
    [`& { Write-Output "a&b" }`, "a&b"],
    [`Start-Process $env:windir\\notepad.exe -ArgumentList "a&b"`, "a&b"],
    [`.\\x.exe $y "a&b"`, "a&b"],
    [`Write-Output cmd "a&b"`, "a&b"],
    [`Copy-Item x.bat "a&b"`, "a&b"],
    [`Get-Content "C:\\R&D\\x.cmd"`, "C:\\R&D\\x.cmd"],
  ])("%j is run", (command, value) => {
    expect(write(command, value)).toContain(`'${value}'`);
  });

  it.each([
    ["cmd /c ver | Out-Null", "|"],
    ["1..3 | % { cmd /c echo $_ }", "%"],
    ["cmd /c dir > x.txt", ">"],
    ["cmd /c echo a^&b", "^"],
  ])("is none where the author wrote that sign: %s", (command, value) => {
    expect(write(command, value)).toBe(command);
  });

  it.each([
    ["Write-Output x^;Get-Date", "x;Get-Date"],
    ["Write-Output ^$^(Get-Date^)", "$(Get-Date)"],
    ["Write-Output a ^& calc", "a & calc"],
    ["Write-Output ^'x^'^; Get-Date", "'x'; Get-Date"],
  ])("with Rundeck's carets is for no PowerShell: %j", (command, value) => {
    expect(() => write(command, value)).toThrow(
      /web-1.* \^ .*RD_OPTION_X.*shell-escaping-interpreter/,
    );
  });

  it.each([
    [`Select-String "^a b" x.txt`, "a b"],
    [`Select-String ^x "a;b"`, "a;b"],
    [`Write-Output "^a^;b"`, "a^;b"],
  ])("beside a caret of the author's is data: %j", (command, value) => {
    expect(write(command, value)).toBe(command.replaceAll('"', "'"));
  });

  it.each([
    [`echo "a & b"`, "a & b", `echo "a & b"`],
    [`echo 'a & b'`, "a & b", `echo "a & b"`],
    [`echo '100% x'`, "100% x", `echo "100%% x"`],
    [`echo 'hi there!'`, "hi there!", `echo "hi there!"`],
    [`echo "a\\b c\\\\"`, "a\\b c\\", `echo "a\\b c\\\\"`],
    [`echo svc & echo 'x'`, "svc", `echo svc & echo 'x'`],
    [`echo a^&b`, "a&b", `echo a^&b`],
    [`C:\\a b\\x.bat 'c & d'`, "c & d", `"C:\\a b\\x.bat" "c & d"`],
    [`call x.bat "a & b"`, "a & b", `call x.bat "a & b"`],
    // the quotes of a Unix shell are none there, whatever they are around
    [`call x.cmd 'a b'`, "a b", `call x.cmd "a b"`],
    [
      String.raw`if exist C:\flag (echo 'a) else calc.exe (b' )`,
      "a) else calc.exe (b",
      String.raw`if exist C:\flag (echo "a) else calc.exe (b" )`,
    ],
    [
      String.raw`del 'a /s /q C:\data\* b'`,
      String.raw`a /s /q C:\data\* b`,
      String.raw`del "a /s /q C:\data\* b"`,
    ],
    [
      `echo ^" 'a) else calc (b'`,
      "a) else calc (b",
      `echo ^" "a) else calc (b"`,
    ],
    [`set x="Hello 'a;b' there"`, "a;b", `set x="Hello a;b there"`],
    [`set x="Hello "a;b" there"`, "a;b", `set x="Hello a;b there"`],
    [`for %%i in (a;b) do echo %%i`, "a;b", `for %%i in (a;b) do echo %%i`],
    [`echo '%OS% a b'`, "a b", `echo "%OS% a b"`],
    [
      `for %%i in (1) do echo '%%i a b'`,
      "a b",
      `for %%i in (1) do echo "%%i a b"`,
    ],
    [
      String.raw`C:\x.bat 'a b' '50 %'`,
      "z",
      String.raw`C:\x.bat "a b" "50 %%"`,
    ],
    // a sign that the author wrote
    ["dir > x.txt", ">", "dir > x.txt"],
    ["echo %PATH%", "%", "echo %PATH%"],
    ["cmd /c ver | more", "|", "cmd /c ver | more"],
    ["echo a^&b", "^", "echo a^&b"],
    // what Rundeck leaves bare
    ["echo a^b --x=a^b", "a^b", `echo "a^b" "--x=a^b"`],
    ["echo Hello!", "Hello!", "echo Hello!"],
    [`find /v 'hi there!' x`, "hi there!", `find /v "hi there!" x`],
    // paths that cmd.exe would split
    [String.raw`C:\R&D\x.bat a`, "z", String.raw`"C:\R&D\x.bat" a`],
    [String.raw`C:\a,b\x.bat a`, "z", String.raw`"C:\a,b\x.bat" a`],
    [String.raw`C:\%A%\x-1.bat a`, "z", String.raw`C:\%A%\x-1.bat a`],
    [
      String.raw`C:\WINDOWS\TEMP\1-5-x.ps1 'a b'`,
      "a b",
      String.raw`powershell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -File "C:\WINDOWS\TEMP\1-5-x.ps1" "a b"`,
    ],
    [`echo "call 100%% | a"`, "call 100% | a", `echo "call 100%% | a"`],
    [`if 1==1 (echo "a & 5%%")`, "a & 5%", `if 1==1 (echo "a & 5%%")`],
    [
      `for %%f in (*) do echo "a ^ b"`,
      "a ^ b",
      `for %%f in (*) do echo "a ^ b"`,
    ],
    [`echo "a & b" | more`, "a & b", `echo "a & b" | more`],
    [`echo a^|5 b`, "a|5 b", `echo a^|5 b`],
  ])("as text for ssm-shell=cmd: %s", (command, value, written) => {
    expect(writeForCmd(command, [option(value)], target)).toBe(written);
  });

  it.each([
    [`echo "x\\" & calc & \\""`, `x" & calc & "`],
    [`echo 'x" & calc & "'`, `x" & calc & "`],
    [`echo "a\nb"`, "a\nb"],
    [`setlocal EnableDelayedExpansion & echo Hello!`, "Hello!"],
    [`cmd /v:on /c echo 'a !x! b'`, "a !x! b"],
    [`echo a&calc`, "a&calc"],
    [`echo '--x={"a":"b) else calc (c"}'`, "b) else calc (c"],
    [`echo ^%PATH^%`, "%PATH%"],
    [`echo "{{ssm:p}}"`, "{{ssm:p}}"],
    [`echo 5" "a & b"`, "a & b"],
    [`setlocal EnableDelayedExpansion & echo "a !x! b"`, "a !x! b"],
    // read by another cmd.exe, which takes the first and the last quote away
    [`cmd /c "C:\\Windows\\find.exe" "a & echo INJ"`, "a & echo INJ"],
    [`cmd /c "a & calc"`, "a & calc"],
    [`C:\\Windows\\System32\\cmd.exe /k "a & calc"`, "a & calc"],
    [`"%ComSpec%" /c "a & calc"`, "a & calc"],
    [`c^md /c echo "a & calc"`, "a & calc"],
    [`start "" "x y.bat" "a & calc"`, "a & calc"],
    [`for /f %%i in ('ver "a & calc"') do echo %%i`, "a & calc"],
    // read twice
    [`call echo "x%%OS%%"`, "x%OS%"],
    [`call x.bat "a ^ b"`, "a ^ b"],
    [`echo "x%%OS%%" | more`, "x%OS%"],
    [`for %%i in (1) do echo "x%%iy"`, "x%iy"],
    [`echo a^&calc | more`, "a&calc"],
    [`cmd /c echo a^&calc`, "a&calc"],
  ])("is refused with ssm-shell=cmd: %j", (command, value) => {
    expect(() => writeForCmd(command, [option(value)], target)).toThrow(
      BridgeError,
    );
  });
});

describe("what is sent to a Windows node", () => {
  const plan = (more: Partial<Parameters<typeof planCommand>[0]>) =>
    planCommand({
      instanceId: "i-1",
      target,
      platform: "windows",
      command: `Write-Output "$(1+1)"`,
      runId: "a".repeat(24),
      comment: "",
      runner: "full",
      variables: new Map(),
      values: [option("$(1+1)")],
      executionTimeoutSeconds: 60,
      deliveryTimeoutSeconds: 60,
      outputLimitBytes: 1_000,
      liveOutput: false,
      logRetrieveDelaySeconds: 0,
      ...more,
    }).request.parameters["commands"]?.join("\n");

  it("names node and layer of a setting that Windows can't have", () => {
    const setting = (name: string) => `${name} ("ada", from somewhere)`;
    expect(() => plan({ runAs: "ada", setting })).toThrow(
      `${target}: ssm-run-as ("ada", from somewhere): Windows has no way`,
    );
  });

  it.each(["full", "none"] as const)(
    "has the literal, with ssm-runner=%s",
    (runner) => {
      expect(plan({ runner })).toContain("Write-Output '$(1+1)'");
    },
  );

  it("is for a Unix node what Rundeck gave", () => {
    expect(plan({ platform: "unix", runner: "none" })).toBe(
      `Write-Output "$(1+1)"`,
    );
  });

  it("is the command of cmd.exe for ssm-shell=cmd", () => {
    expect(
      plan({
        shell: "C:\\Windows\\System32\\CMD.EXE",
        command: "echo 'a & b'",
        values: [option("a & b")],
      }),
    ).toContain('echo "a & b"');
  });

  it.each(["/bin/bash", "bash", "python.exe", "powershell -NoLogo", "cmd.com"])(
    "is nothing for ssm-shell=%s",
    (shell) => {
      expect(() => plan({ shell })).toThrow(
        /ssm-shell.*powershell, pwsh or cmd/,
      );
    },
  );

  it("has no parameter to fill in where we quote", () => {
    const text = plan({
      workingDirectory: "C:\\{{ssm:a}}",
      variables: new Map([["RD_OPTION_X", "{{ssm:b}}"]]),
      command: `x '{{ssm:c}}' {{ssm:own}}`,
      values: [option("{{ssm:c}}")],
    });
    expect(text?.match(/\{\{ssm:\w+/g)).toEqual(["{{ssm:own"]);
  });
});
