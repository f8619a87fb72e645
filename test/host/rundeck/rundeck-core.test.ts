import { beforeAll, describe, inject } from "vitest";
import { buildHarness, findJava } from "./java.ts";
import { describeCopies } from "./scenarios/copies.ts";
import { describeDefaultChain } from "./scenarios/default-chain.ts";
import { describeEveryKindOfNode } from "./scenarios/every-kind-of-node.ts";
import { describeKill } from "./scenarios/kill.ts";
import { describeLiveOutput } from "./scenarios/live-output.ts";
import { describeManyNodes } from "./scenarios/many-nodes.ts";
import { describeProviders } from "./scenarios/providers.ts";

// one file, so that its JVMs run one after the other: two cores are shared with the nodes' commands
const java = await findJava();

describe.skipIf(java.kind === "missing")("the zip in rundeck-core 5.4", () => {
  // the first time Maven downloads rundeck-core
  beforeAll(buildHarness, 300_000);

  const { zip } = inject("build");

  describeProviders(zip);
  describeEveryKindOfNode(zip);
  describeDefaultChain(zip);
  describeCopies(zip);
  describeKill(zip);
  describeLiveOutput(zip);
  describeManyNodes(zip);
});
