import { describe, expect, it } from "vitest";
import {
  readListed,
  readListedAtKill,
} from "../../../src/sidecar/share/listed.ts";

const runId = "0123456789abcdef01234567";
const title = "\n----------ERROR-------\n";
const listed = (status: string, responseCode: number, output: string) => ({
  instanceId: "i-1",
  status,
  script: { responseCode, output },
});

describe("an end in a list", () => {
  it.each([
    ["Success", 0, "out\n", { stdout: "out\n", stderr: "" }],
    [
      "Failed",
      3,
      `out${title}failed to run commands: exit status 3`,
      { stdout: "out", stderr: "failed to run commands: exit status 3" },
    ],
    [
      "Success",
      0,
      `out ${runId}${title}warned`,
      { stdout: `out ${runId}`, stderr: "warned" },
    ],
  ])("%s (%i) is all of it", (status, responseCode, output, streams) => {
    const whole = readListed(listed(status, responseCode, output), runId);
    expect(whole).toEqual({ status, responseCode, ...streams });
  });

  it.each([
    ["may be cut", "Success", 0, "x".repeat(2_500)],
    ["may be cut, in bytes", "Success", 0, "é".repeat(1_250)],
    ["says that it is cut", "Success", 0, "a\n---Output truncated---\nb"],
    ["may have written the title itself", "Success", 0, `a${title}b`],
    ["has two titles", "Failed", 1, `a${title}b${title}c`],
    ["has no sentence of the agent's", "Failed", 1, "a"],
    ["was ended by another than itself", "Cancelled", -1, ""],
    ["has no exit code", "Failed", -1, `${title}killed`],
  ])("is not all of one that %s", (_, status, responseCode, output) => {
    expect(
      readListed(listed(status, responseCode, output), undefined),
    ).toBeUndefined();
  });

  it("of several scripts is not told by a list", () => {
    const several = { instanceId: "i-1", status: "Success" };
    expect(readListed(several, runId)).toBeUndefined();
    expect(readListedAtKill(several)).toBeUndefined();
  });
});

describe("an end that a killed run waits for", () => {
  it("is told by a list, which does not know how long the node worked", () => {
    expect(
      readListedAtKill(listed("Cancelled", -1, `so far${title}oh`)),
    ).toEqual({
      status: "Cancelled",
      responseCode: -1,
      stdout: "so far",
      stderr: "oh",
      isListed: true,
    });
  });

  it.each(["x".repeat(2_500), "a\n---Error truncated---"])(
    "is not where the output may be cut",
    (output) => {
      expect(readListedAtKill(listed("Cancelled", -1, output))).toBeUndefined();
    },
  );
});
