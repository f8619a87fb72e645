import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  listCandidates,
  listServerCandidates,
  type Layers,
} from "../../src/rundeck/layers.ts";
import { runs } from "../support/fuzz.ts";

const name = "ssm-profile";
const path = "plugin.NodeExecutor.awsssmexecutor.ssm-profile";

function layersOf(
  rundeck: Record<string, string>,
  project?: Record<string, string>,
  framework?: Record<string, string>,
): Layers {
  return {
    service: "NodeExecutor",
    nodeName: "web1",
    options: new Map(),
    rundeck,
    environment: {},
    ...(project ? { project: new Map(Object.entries(project)) } : {}),
    ...(framework ? { framework: new Map(Object.entries(framework)) } : {}),
  };
}

function winner(layers: Layers): [text: string, layer: string] | undefined {
  const [first] = listCandidates(layers, name);
  return first && [first.text, first.layer];
}

describe("the nearest layer wins, and an empty one hides nothing", () => {
  const raw = {
    [`project.${path}`]: "project-plugin",
    [`project.${name}`]: "project",
  };
  const farther = {
    [`framework.${path}`]: "framework-plugin",
    [`framework.${name}`]: "framework",
  };
  const node = { RD_NODE_SSM_PROFILE: "node", RD_CONFIG_SSM_PROFILE: "node" };

  test.each<[string, Layers, [string, string] | undefined]>([
    [
      "a node attribute before all",
      layersOf(node, raw, farther),
      ["node", "node attribute ssm-profile"],
    ],
    [
      "then the project's plugin property",
      layersOf({ RD_CONFIG_SSM_PROFILE: "project-plugin" }, raw, farther),
      ["project-plugin", `project.${path}`],
    ],
    [
      "then project.<name>, though Rundeck answers with the framework's plugin property",
      layersOf(
        { RD_CONFIG_SSM_PROFILE: "framework-plugin" },
        { [`project.${name}`]: "project" },
        farther,
      ),
      ["project", `project.${name}`],
    ],
    [
      "then the framework's plugin property",
      layersOf({ RD_CONFIG_SSM_PROFILE: "framework-plugin" }, {}, farther),
      ["framework-plugin", `framework.${path}`],
    ],
    [
      "then framework.<name>",
      layersOf({}, {}, { [`framework.${name}`]: "framework" }),
      ["framework", `framework.${name}`],
    ],
    ["and nothing is nothing", layersOf({}, {}, {}), undefined],
    [
      "an empty attribute leaves Rundeck without an answer, and the files tell",
      layersOf(
        { RD_NODE_SSM_PROFILE: "", RD_CONFIG_SSM_PROFILE: "" },
        raw,
        farther,
      ),
      ["project-plugin", `project.${path}`],
    ],
    [
      "an empty project property hides the framework's from Rundeck, not from us",
      layersOf(
        { RD_CONFIG_SSM_PROFILE: "" },
        { [`project.${path}`]: "" },
        farther,
      ),
      ["framework-plugin", `framework.${path}`],
    ],
    [
      "an unreadable project: Rundeck's answer before the raw framework",
      layersOf({ RD_CONFIG_SSM_PROFILE: "answer" }, undefined, farther),
      ["answer", "plugin property ssm-profile"],
    ],
    [
      "nothing readable: Rundeck's answer",
      layersOf({ RD_CONFIG_SSM_PROFILE: " answer\n" }),
      ["answer", "plugin property ssm-profile"],
    ],
    [
      "an attribute of a similar name is another attribute",
      layersOf(
        {
          RD_NODE_SSM_PROFILE: "of ssm_profile",
          RD_CONFIG_SSM_PROFILE: "project-plugin",
        },
        raw,
      ),
      ["project-plugin", `project.${path}`],
    ],
  ])("%s", (_, layers, expected) => {
    expect(winner(layers)).toEqual(expected);
  });
});

describe("references", () => {
  test("an attribute's are Rundeck's to expand", () => {
    const layers = layersOf({
      RD_NODE_SSM_PROFILE: "${node.team}",
      RD_NODE_TEAM: "blue",
      RD_CONFIG_SSM_PROFILE: "blue",
    });
    expect(winner(layers)).toEqual(["blue", "node attribute ssm-profile"]);
  });

  test("in raw properties we expand them, once, and leave what nobody knows", () => {
    const layers = layersOf(
      {
        RD_NODE_TEAM: "${job.name}",
        RD_JOB_NAME: "j",
        RD_OPTION_A_B: "o",
        RD_GLOBALS_X: "",
      },
      {
        [`project.${name}`]:
          "${node.team}/${option.a-b}/${globals.x}/${job.nope}/${x}",
      },
    );
    expect(winner(layers)?.[0]).toBe("${job.name}/o//${job.nope}/${x}");
  });
});

test("a server's setting is not a node's to choose", () => {
  const layers = layersOf(
    {
      RD_NODE_SSM_RUNDECK_URL: "http://evil",
      RD_CONFIG_SSM_RUNDECK_URL: "http://good",
    },
    {},
  );
  expect(
    listServerCandidates(layers, "ssm-rundeck-url").map(({ text }) => text),
  ).toEqual(["http://good"]);
});

test("our own environment variable is the farthest layer, an option the nearest", () => {
  const layers: Layers = {
    ...layersOf({}, { [`project.${name}`]: "project" }),
    options: new Map([[name, "option"]]),
    environment: { RUNDECK_SSM_PROFILE: "environment" },
  };
  expect(listCandidates(layers, name).map(({ layer }) => layer)).toEqual([
    "option --ssm-profile",
    "project.ssm-profile",
    "environment variable RUNDECK_SSM_PROFILE",
  ]);
});

function only(key: string, text: string | undefined): Record<string, string> {
  return text === undefined ? {} : { [key]: text };
}

/** Rundeck's own resolution of a plugin property: the nearest layer that is set, were it empty. */
function askRundeck(values: Record<string, string | undefined>) {
  return values["node"] ?? values["projectPlugin"] ?? values["frameworkPlugin"];
}

test("whatever is set where, the value is that of the nearest layer that is not empty", () => {
  const value = fc.constantFrom(undefined, "", " ", "a", "b", "c");
  fc.assert(
    fc.property(
      fc.record({
        node: value,
        projectPlugin: value,
        project: value,
        frameworkPlugin: value,
        framework: value,
      }),
      (values) => {
        const answer = askRundeck(values);
        const layers = layersOf(
          {
            ...only("RD_NODE_SSM_PROFILE", values.node),
            ...only("RD_CONFIG_SSM_PROFILE", answer),
          },
          {
            ...only(`project.${path}`, values.projectPlugin),
            ...only(`project.${name}`, values.project),
          },
          {
            ...only(`framework.${path}`, values.frameworkPlugin),
            ...only(`framework.${name}`, values.framework),
          },
        );
        const nearest = [
          values.node,
          values.projectPlugin,
          values.project,
          values.frameworkPlugin,
          values.framework,
        ].find((text) => text !== undefined && text.trim() !== "");
        expect(winner(layers)?.[0]).toBe(nearest);
      },
    ),
    { numRuns: runs(2000) },
  );
});
