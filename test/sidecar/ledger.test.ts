import { expect, test } from "vitest";
import { openLedger } from "../../src/sidecar/ledger.ts";

test("an execution counts once, in its project, and its node while it is under way", () => {
  const ledger = openLedger();
  const [first, second, third, fourth] = [
    ledger.begin("shop"),
    ledger.begin("shop"),
    ledger.begin("farm"),
    ledger.begin("shop"),
  ];
  first.turnTo("i-1");
  second.turnTo("i-1");
  third.turnTo("i-2");
  expect([ledger.nodes(), ledger.total().running]).toEqual([2, 4]);
  first.end("done");
  third.end("killed");
  fourth.end("direct");
  expect(ledger.nodes()).toBe(1);
  expect(ledger.byProject()).toEqual([
    { project: "shop", running: 1, done: 1, killed: 0, direct: 1 },
    { project: "farm", running: 0, done: 0, killed: 1, direct: 0 },
  ]);
  expect(ledger.total()).toEqual({ running: 1, done: 1, killed: 1, direct: 1 });
});
