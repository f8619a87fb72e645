import { describe, expect, it } from "vitest";
import { refuseUnmeant } from "../../src/copy/destination.ts";

const refusal = (
  path: string,
  platform: "unix" | "windows" = "unix",
  fileName = "file",
) => {
  try {
    refuseUnmeant({ path, platform, fileName }, "node n");
    return undefined;
  } catch (error) {
    return error;
  }
};

describe("a destination on Unix", () => {
  it.each([
    ["C:\\Temp\\x", /Windows.*osFamily/],
    ["C:/Temp/x", /Windows/],
    ["d:", /Windows/],
    ["\\\\server\\share\\x", /Windows/],
    ["\\Temp\\x", /Windows/],
    ["Temp\\x", /Windows/],
    ["..\\x", /Windows/],
    ["$HOME/x", /variable/],
    ["${HOME}/x", /variable/],
    ["${option.folder}/x", /refers to "\$\{option\.folder\}"/],
    ["/srv/${option.folder}/x", /no value/],
    ["/srv/x-${data.version@web-1}", /"\$\{data\.version@web-1\}"/],
    ["/srv/${2:data.x}", /no value/],
    [" /srv/x", /begins with a blank/],
    ["\t~/x", /begins with a blank/],
    ["\u00a0/srv/x", /begins with a blank/],
    [" $HOME/x", /begins with a blank/],
    ["/srv/\ufffd", /no UTF-8/],
    ["$(pwd)/x", /variable or a command/],
    ["`pwd`/x", /variable or a command/],
    ["%TEMP%\\x", /variable/],
    ["%TEMP%/x", /variable/],
    ["s3://bucket/x", /address/],
    ["file:///srv/x", /address/],
    ["web-1:/srv/x", /address/],
    [`"/srv/x"`, /quote/],
    ["'/srv/x'", /quote/],
    ["/srv/x\ny", /line break/],
    [`/srv/${"x".repeat(256)}`, /"x{40}…" has 256 bytes, and a name takes 255/],
    [`/srv/${"é".repeat(128)}/x`, /256 bytes/],
  ])("%j can't be meant, and is refused in one line", (path, why) => {
    expect(refusal(path)).toMatchObject({
      code: "setting-invalid",
      message: expect.stringMatching(why),
    });
    expect(refusal(path)).toHaveProperty(
      "message",
      expect.stringMatching(/^node n: the destination [^\n]*$/),
    );
  });

  it.each(["", " ", "\t"])("%j is missing", (path) => {
    expect(refusal(path)).toMatchObject({ code: "setting-missing" });
  });

  it.each([
    "/srv/$HOME/x",
    "/srv/${HOME}/${x%y}",
    "/srv/ x ",
    "./ x",
    "/srv/größe 文件 🚀",
    "/srv/C:\\x",
    "/srv/%TEMP%",
    "/srv/a:b/c",
    "~/x",
    "~ada/x",
    "x",
    "./$x",
    "../x",
    "a:b",
    "100%",
    "-rf",
    `/srv/${"x".repeat(255)}/${"é".repeat(127)}`,
  ])("%j may be meant", (path) => {
    expect(refusal(path)).toBeUndefined();
  });
});

describe.each(["unix", "windows"] as const)(
  "a file with a line break in its name, on %s",
  (platform) => {
    it.each(["/srv/", "/srv/.", "/srv/..", ".", "..", "~", "~/", "/"])(
      "can't be copied into %s",
      (path) => {
        const error = refusal(path, platform, "a\nb");
        expect(error).toMatchObject({ code: "setting-invalid" });
        expect(error).toHaveProperty(
          "message",
          expect.stringMatching(/^node n: [^\n]*"a\\nb" holds [^\n]*$/),
        );
        expect(refusal(path, platform)).toBeUndefined();
      },
    );

    it.each(["/srv/x", "x", "~/x"])("can be copied to %s", (path) => {
      expect(refusal(path, platform, "a\nb")).toBeUndefined();
    });
  },
);

it("on Windows, its own paths are its own matter", () => {
  expect(refusal("C:\\Temp\\x", "windows")).toBeUndefined();
  for (const path of [" ~\\x", "C:\\${option.folder}\\x", "C:\\\ufffd"])
    expect(refusal(path, "windows")).toMatchObject({ code: "setting-invalid" });
});
