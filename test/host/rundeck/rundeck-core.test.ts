import { beforeAll, describe } from "vitest";
import { findBuiltZip } from "./built-zip.ts";
import { buildHarness, findJava } from "./java.ts";
import { describeDefaultChain } from "./scenarios/default-chain.ts";
import { describeEveryKindOfNode } from "./scenarios/every-kind-of-node.ts";
import { describeKill } from "./scenarios/kill.ts";
import { describeManyNodes } from "./scenarios/many-nodes.ts";
import { describeProviders } from "./scenarios/providers.ts";

// one file, so that its JVMs run one after the other: two cores are shared with the nodes' commands
const java = await findJava();

describe.skipIf(java.kind === "missing")("the zip in rundeck-core 5.4", () => {
  const plugin = { zip: "" };

  beforeAll(async () => {
    plugin.zip = await findBuiltZip();
    await buildHarness();
  }, 300_000);

  describeProviders(plugin);
  describeEveryKindOfNode(plugin);
  describeDefaultChain(plugin);
  describeKill(plugin);
  describeManyNodes(plugin);
});
