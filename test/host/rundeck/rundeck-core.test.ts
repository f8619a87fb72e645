import { beforeAll, describe, inject } from "vitest";
import { buildHarness, findJava } from "./java.ts";
import { describeCopies } from "./scenarios/copies.ts";
import { describeDebug } from "./scenarios/debug.ts";
import { describeDocumentStep } from "./scenarios/document.ts";
import { describeDefaultChain } from "./scenarios/default-chain.ts";
import { describeEveryKindOfNode } from "./scenarios/every-kind-of-node.ts";
import { describeKill } from "./scenarios/kill.ts";
import { describeLiveOutput } from "./scenarios/live-output.ts";
import { describeManyNodes } from "./scenarios/many-nodes.ts";
import { describeNodeSource } from "./scenarios/node-source.ts";
import { describeProviders } from "./scenarios/providers.ts";
import { describeSidecar } from "./scenarios/sidecar.ts";
import { describeWindows } from "./scenarios/windows.ts";

// one file, so that its JVMs run one after the other: two cores are shared with the nodes' commands
const java = await findJava();

describe.skipIf(java.kind === "missing")("the zip in rundeck-core 5.4", () => {
  // the first time Maven downloads rundeck-core
  beforeAll(buildHarness, 300_000);

  const { zip } = inject("build");

  describeProviders(zip);
  describeNodeSource(zip);
  describeEveryKindOfNode(zip);
  describeDefaultChain(zip);
  describeDebug(zip);
  describeCopies(zip);
  describeDocumentStep(zip);
  describeKill(zip);
  describeLiveOutput(zip);
  describeManyNodes(zip);
  describeSidecar(zip);
  describeWindows(zip);
});
