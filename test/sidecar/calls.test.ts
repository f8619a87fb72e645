import { expect, test } from "vitest";
import { countCalls, tellLimits } from "../../src/sidecar/calls.ts";

const limit = {
  region: "eu-west-1",
  queued: 0,
  inFlight: 0,
  calls: 3,
  throttled: 0,
  waitedMs: 1_500,
};

test("requests of all accounts and regions count for their action", () => {
  const asked = new Map([
    ["ssm:SendCommand", 50],
    ["ssm:CancelCommand", 1],
  ]);
  const limits = [
    { ...limit, account: "1", action: "ssm:SendCommand" },
    { ...limit, account: "2", action: "ssm:SendCommand" },
    { ...limit, account: "2", action: "ssm:ListCommandInvocations" },
  ];
  expect(countCalls(asked, limits)).toEqual([
    { action: "ssm:CancelCommand", asked: 1, made: 0 },
    { action: "ssm:ListCommandInvocations", made: 3 },
    { action: "ssm:SendCommand", asked: 50, made: 6 },
  ]);
});

test("an account that does not show has a number of ours, the same in all its lines", () => {
  const accounts = ["123456789012", "f00d".repeat(16), "beef".repeat(16)];
  const limits = [...accounts, ...accounts].map((account) => ({
    ...limit,
    account,
    action: "ssm:SendCommand",
  }));
  const told = tellLimits(limits);
  const names = ["123456789012", "unknown-1", "unknown-2"];
  expect(told.map(({ account }) => account)).toEqual([...names, ...names]);
  expect(told[0]).not.toHaveProperty("perSecond");
  expect(told[0]?.waitedSeconds).toBe(1.5);
});
