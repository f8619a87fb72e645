import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explainPath } from "../../src/copy/windows/names.ts";

const explain = (path: string, fileName = "deploy.ps1") =>
  explainPath(path, fileName);

describe("a destination on Windows", () => {
  it.each([
    "C:\\x\\s.txt",
    "C:/WINDOWS/TEMP/12-7-node-dispatch-script.tmp.ps1",
    "c:\\a b\\it's (1) [2] {3} & 4; 5 ^ 6 ! 7, 8 = 9 ~ 10 ` 11 @ 12 # 13 + 14.txt",
    "C:\\x\\ünï cödé 漢字 😀.txt",
    "C:\\x\\100%PATH%.txt",
    "C:\\x\\caf%C3%A9.txt",
    "C:\\x\\$x",
    ".\\$x",
    "100%",
    "%x",
    "\\\\server\\C$\\x",
    "//server/share/folder/",
    "\\\\?\\C:\\long\\x",
    "\\\\?\\UNC\\server\\share\\x",
    "~",
    "~\\x",
    "~/folder/x",
    "/tmp/x",
    "\\tmp\\x",
    "relative\\x",
    "..\\x",
    ".\\x",
    "C:\\x\\..\\y",
    "C:\\",
    "C:\\console\\auxiliary\\null\\com10\\com\\lpt0.txt",
    "C:\\x\\.profile",
    "C:\\x\\con-trol.txt",
  ])("may be %s", (path) => {
    expect(explain(path)).toBeUndefined();
  });

  it.each([
    [
      "C:\\x\\s.txt:y.txt",
      /"s\.txt:y\.txt" would be a hidden stream of "s\.txt"/,
    ],
    ["C:\\x\\s.txt::$DATA", /hidden stream/],
    ["C:\\x:y\\s.txt", /hidden stream of "x"/],
    ["s.txt:y", /hidden stream/],
    ["C:\\x\\con", /"con" is a device/],
    ["C:\\x\\con.txt", /"con\.txt" is a device/],
    ["C:\\x\\NUL.tar.gz", /device/],
    ["C:\\x\\nul .txt", /device/],
    ["C:\\aux\\x.txt", /"aux" is a device/],
    ["C:\\x\\com1", /device/],
    ["C:\\x\\COM9.log", /device/],
    ["C:\\x\\com\u00b2", /device/],
    ["C:\\x\\lpt1:", /device/],
    ["C:\\x\\CONOUT$", /device/],
    ["~\\prn.ps1", /device/],
    ["/tmp/nul", /device/],
    ["con", /device/],
    ["C:\\x\\s.txt.", /ends with a dot/],
    ["C:\\x\\s.txt ", /ends with a blank/],
    ["C:\\x \\s.txt", /ends with a blank/],
    ["C:\\x\\...", /ends with a dot/],
    ["C:\\x\\a*b", /holds "\*"/],
    ["C:\\x\\a?b", /holds "\?"/],
    ['C:\\x\\a"b', /holds/],
    ["C:\\x\\a<b", /holds "<"/],
    ["C:\\x\\a>b", /holds ">"/],
    ["C:\\x\\a|b", /holds "\|"/],
    ["C:\\x\\a\tb", /holds "\\t"/],
    ["C:x.txt", /"C:" has to be followed by \\/],
    ["C:", /"C:" has to be followed by \\/],
    ["\\\\.\\PhysicalDrive0", /device/],
    ["\\\\.\\pipe\\x", /device/],
    ["//./nul", /device/],
    ["\\\\?\\GLOBALROOT\\Device\\x", /device/],
    ["\\\\?\\C:\\x\\con", /"con" is a device/],
    ["%TEMP%\\x", /"%TEMP%" is not filled in/],
    ["%ProgramFiles(x86)%/x", /is not filled in/],
    ["C:\\Users\\%USERNAME%\\x", /"%USERNAME%" is not filled in/],
    ["$env:TEMP\\x", /"\$env:TEMP" is not filled in/],
    ["${env:TEMP}/x", /is not filled in/],
    ["C:\\Users\\$Env:USERNAME\\x", /is not filled in/],
    ["$HOME\\x", /"\$HOME" is not filled in/],
    ["%TEMP%", /"%TEMP%" is not filled in/],
    ["%TEMP%x\\y", /"%TEMP%" is not filled in/],
    ["$HOME", /"\$HOME" is not filled in/],
    ["$(x)\\y", /"\$\(x\)" is not filled in/],
    ["`x`\\y", /"`x`" is not filled in/],
    ["~bob\\x", /"~bob" is nobody's home/],
    ["~bob", /nobody's home/],
    [`C:\\${"x".repeat(256)}`, /256 characters/],
  ])("is not %s", (path, reason) => {
    expect(explain(path)).toMatch(reason);
  });

  it.each(["C:\\x\\", "C:/x/", "~", "~\\", "C:\\x\\..", "\\\\server\\share\\"])(
    "that is a folder, %s, gets no file of a name that Windows does not take",
    (path) => {
      expect(explain(path, "con.txt")).toMatch(/"con\.txt" is a device/);
      expect(explain(path, "a:b")).toMatch(/hidden stream/);
      expect(explain(path, "fine.txt")).toBeUndefined();
    },
  );

  it("which names the file itself may be anything that Windows takes, whatever the file is called here", () => {
    expect(explain("C:\\x\\fine.txt", "con:*?.")).toBeUndefined();
  });

  it("is taken whenever its names hold nothing but letters and digits", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{4,20}(\.[a-z]{1,4})?$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1 }), (names) => {
        expect(explain(`C:\\${names.join("\\")}`)).toBeUndefined();
      }),
    );
  });
});
