import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  composeComment,
  composeOwnComment,
} from "../../src/rundeck/comment.ts";

const runId = "0123456789abcdef01234567";
const nothing = {
  project: "",
  executionId: "",
  jobGroup: "",
  jobName: "",
  userName: "",
  logLevel: "",
};

test("it names project, execution, user and job, and ends with the run's id", () => {
  expect(
    composeComment(
      {
        ...nothing,
        project: "shop",
        executionId: "4711",
        jobName: "restart web",
        userName: "ann",
      },
      runId,
    ),
  ).toBe(`rundeck shop #4711 by ann restart web [${runId}]`);
});

test("what Rundeck did not say is left out", () => {
  expect(composeComment(nothing, runId)).toBe(`rundeck [${runId}]`);
});

test("whatever the names are: at most 100 printable characters, the id whole", () => {
  const name = fc.string({
    unit: fc.constantFrom(...Array.from("a .[]#\0\né😀")),
    maxLength: 300,
  });
  fc.assert(
    fc.property(
      name,
      name,
      name,
      name,
      (project, executionId, jobName, userName) => {
        const comment = composeComment(
          { ...nothing, project, executionId, jobName, userName },
          runId,
        );
        expect(comment.length).toBeLessThanOrEqual(100);
        expect(comment).toMatch(/^[\x20-\x7e]+$/);
        expect(comment.endsWith(` [${runId}]`)).toBe(true);
      },
    ),
  );
});

test("long names are cut, each leaving room for the others", () => {
  const long = "x".repeat(200);
  const comment = composeComment(
    {
      ...nothing,
      project: long,
      executionId: "4711",
      jobName: "nightly restart",
      userName: long,
    },
    runId,
  );
  expect(comment).toMatch(/^rundeck x{23}\. #4711 by x{19}\. \S+ .*\[/);
});

test("a comment of the user's own keeps the run id, and what is too long ends in a dot", () => {
  expect(composeOwnComment("why é", runId)).toBe(`why ? [${runId}]`);
  const long = composeOwnComment("w".repeat(200), runId);
  expect(long).toHaveLength(100);
  expect(long).toBe(`${"w".repeat(72)}. [${runId}]`);
});
