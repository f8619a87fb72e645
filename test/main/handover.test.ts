import { describe, expect, it } from "vitest";
import { takeHandover } from "../../src/main/handover.ts";

describe("what a client hands over", () => {
  it.each([
    [{}, {}],
    [
      { RUNDECK_SSM_RESUME: "0a:b-c_d.e 12 3 ." },
      {
        resume: { trace: "0a:b-c_d.e", stdoutBytes: 12, stderrBytes: 3 },
        unended: [],
      },
    ],
    // it has told nothing, so nothing was sent
    [{ RUNDECK_SSM_RESUME: "- 0 0 ." }, { unended: [] }],
    [{ RUNDECK_SSM_RESUME: "- 0 0 e" }, { unended: ["stderr"] }],
    [{ RUNDECK_SSM_RESUME: "- 0 0 eo" }, { unended: ["stdout", "stderr"] }],
    [
      { RUNDECK_SSM_RESUME: "- 0 0 .", RUNDECK_SSM_KILLED: "70" },
      { unended: [], killedMsAgo: 70 },
    ],
    [
      { RUNDECK_SSM_RESUME: "- 0 0 .", RUNDECK_SSM_LISTENS: "6" },
      { unended: [], listens: 6 },
    ],
  ])("%o is read, and does not stay in the environment", (given, handover) => {
    const environment: NodeJS.ProcessEnv = { ...given, HOME: "/root" };
    expect(takeHandover(environment)).toEqual(handover);
    expect(environment).toEqual({ HOME: "/root" });
  });

  it.each([
    { RUNDECK_SSM_RESUME: "" },
    { RUNDECK_SSM_RESUME: "a" },
    { RUNDECK_SSM_RESUME: "a 1" },
    { RUNDECK_SSM_RESUME: "a 1 -2" },
    { RUNDECK_SSM_RESUME: "a b 1 2" },
    { RUNDECK_SSM_RESUME: "a 1 2 " },
    { RUNDECK_SSM_RESUME: "a 1 2 a" },
    { RUNDECK_SSM_RESUME: "- 0 0 .", RUNDECK_SSM_KILLED: "soon" },
  ])("%o is a defect: what was sent may be running", (given) => {
    const environment: NodeJS.ProcessEnv = { ...given };
    expect(() => takeHandover(environment)).toThrow(/nothing was sent again/);
    expect(environment).toEqual({});
  });
});
