import { describe, expect, it } from "vitest";
import { refuseUnmeant } from "../../src/copy/destination.ts";

const refusal = (path: string, platform: "unix" | "windows" = "unix") => {
  try {
    refuseUnmeant({ path, platform, fileName: "file" }, "node n");
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
    ["${option.folder}/x", /variable/],
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
  ])("%j may be meant", (path) => {
    expect(refusal(path)).toBeUndefined();
  });
});

it("on Windows, its own paths are its own matter", () => {
  expect(refusal("C:\\Temp\\x", "windows")).toBeUndefined();
});
