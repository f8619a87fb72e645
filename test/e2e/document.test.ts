import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalAws } from "../../src/local/local-aws.ts";
import type { LocalAws } from "../../src/local/local-aws.ts";
import type { ContentStep } from "../../src/local/ssm/content.ts";
import { runPlugin, startPlugin, stepEnvironment } from "../support/plugin.ts";
import type { PluginRun } from "../support/plugin.ts";

function shell(
  name: string,
  runCommand: string[],
  inputs: Partial<ContentStep["inputs"]> = {},
): ContentStep {
  return {
    action: "aws:runShellScript",
    name,
    inputs: { runCommand, ...inputs },
  };
}

let aws: LocalAws;
let node = "";

beforeAll(async () => {
  aws = await startLocalAws({
    nodes: 2,
    bucket: "files",
    logGroup: "documents",
    documents: [
      {
        name: "Shop-Deploy",
        versions: [
          {
            parameters: {
              version: { type: "String", allowedPattern: "^[0-9.]+$" },
              hosts: { type: "StringList", default: [] },
              options: { type: "StringMap", default: {} },
              mode: {
                type: "String",
                allowedValues: ["fast", "safe"],
                default: "safe",
              },
              code: { type: "String", default: "0" },
            },
            mainSteps: [
              shell("fetch", ["echo fetching {{ version }} {{ mode }}"]),
              shell("install", [
                "echo '{{ hosts }}' '{{ options }}'",
                "echo warning >&2",
                "exit {{ code }}",
              ]),
              shell("report", ["printf done"], { finallyStep: true }),
            ],
          },
          { mainSteps: [shell("fetch", ["echo second version"])] },
        ],
      },
      {
        name: "Shop-Wait",
        versions: [
          {
            parameters: { file: { type: "String" } },
            mainSteps: [
              shell("first", ["echo one"]),
              shell("second", [
                "echo waiting; touch begun-{{ file }}",
                "until [ -e {{ file }} ]; do sleep 0.05; done",
                "echo went",
              ]),
              shell("third", ["echo three"]),
            ],
          },
        ],
      },
      { name: "Shop-Robot", type: "Automation", versions: [{ mainSteps: [] }] },
    ],
  });
  [node = ""] = aws.instanceIds;
});
afterAll(() => aws.close());

function run(
  document: string,
  parameters: string,
  properties: Record<string, string> = {},
  more: Record<string, string> = {},
): Promise<PluginRun> {
  const environment = stepEnvironment(
    aws,
    node,
    { document, parameters, ...properties },
    more,
  );
  return runPlugin("WorkflowNodeStep", environment);
}

/** Output as it is but for the command's id, which no test knows. */
function text({ stdout }: PluginRun): string {
  return stdout
    .toString()
    .replace(/(ssm-command-id = )[0-9a-f-]{36}\n/, "$1ID\n");
}

const sends = () =>
  aws.requests.filter(({ operation }) => operation === "SendCommand");

describe("a document of three steps", () => {
  it("shows each under its name, and gives ids and states as data", async () => {
    const ran = await run(
      "Shop-Deploy",
      "version: 1.10\nhosts:\n  - a\n  - b c\noptions: {retries: 3}\n",
    );
    expect(ran.stderr).toBe("warning\n");
    expect(text(ran)).toBe(`RUNDECK:DATA:ssm-command-id = ID
== fetch ==
fetching 1.10 safe
== install ==
["a","b c"] {"retries":"3"}
== report ==
done
RUNDECK:DATA:ssm-status = Success
RUNDECK:DATA:ssm-exit-code = 0
RUNDECK:DATA:ssm-status.fetch = Success
RUNDECK:DATA:ssm-exit-code.fetch = 0
RUNDECK:DATA:ssm-status.install = Success
RUNDECK:DATA:ssm-exit-code.install = 0
RUNDECK:DATA:ssm-status.report = Success
RUNDECK:DATA:ssm-exit-code.report = 0
`);
    expect(ran.exitCode).toBe(0);
  });

  it("ends with the code of the step that failed", async () => {
    const ran = await run("Shop-Deploy", "version: 2\ncode: 7\n");
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toBe("warning\n");
    expect(text(ran)).toContain("== install == Failed, code 7\n== report ==\n");
    expect(text(ran)).toContain("RUNDECK:DATA:ssm-status = Failed\n");
    expect(text(ran)).toContain("RUNDECK:DATA:ssm-exit-code.install = 7\n");
  });

  it("runs in the version that the step names", async () => {
    const ran = await run("Shop-Deploy", "", { "document-version": "$LATEST" });
    expect(text(ran)).toContain("second version\n");
    // of a single step nothing need be told apart
    expect(text(ran)).not.toContain("==");
    const [send] = sends().slice(-1);
    expect(send).toMatchObject({ operation: "SendCommand" });
  });

  it("takes the AWS CLI's form of parameters, too", async () => {
    const ran = await run("Shop-Deploy", '{"version":["3"],"mode":["fast"]}');
    expect(text(ran)).toContain("fetching 3 fast\n");
  });
});

describe("what a document does not take", () => {
  const target = () => `node web-1 (${node}, us-east-1)`;
  const line = (mistake: string) =>
    `rundeck-ssm: setting-invalid: ${target()}: ${mistake}\n`;

  it.each([
    [
      "an unknown parameter and a missing one",
      "verzion: 1",
      [
        "parameter verzion is unknown to Shop-Deploy, which has version, hosts, options, mode, code",
        "parameter version is missing, without which Shop-Deploy does not run",
      ],
    ],
    [
      "values that are not allowed",
      "version: x1\nmode: quick\n",
      [
        'parameter version is "x1": it must match ^[0-9.]+$',
        'parameter mode is "quick": it must be one of fast, safe',
      ],
    ],
    [
      "other types",
      "version: [1, 2]\noptions: 3\nhosts:\n  a: b\n",
      [
        "parameter version must be one text",
        "parameter options must be a map, NAME: VALUE",
        "parameter hosts must be a list of texts",
      ],
    ],
  ])(
    "is told of %s, a line each, and nothing is sent",
    async (_, yaml, mistakes) => {
      const before = sends().length;
      const ran = await run("Shop-Deploy", yaml);
      expect(ran.stderr).toBe(mistakes.map(line).join(""));
      expect(ran.exitCode).toBe(78);
      expect(ran.stdout.toString()).toBe("");
      expect(sends().length).toBe(before);
    },
  );

  it.each<[string, string, Record<string, string>, string]>([
    [
      "no YAML",
      "Shop-Deploy",
      { parameters: "a: 1\nb: [\n" },
      "the step's property parameters can't be read: line 3 is no YAML",
    ],
    [
      "a reference without a value",
      "Shop-Deploy",
      { parameters: "version: ${option.version}" },
      'refers to "${option.version}", which has no value there',
    ],
    [
      "a document of another type",
      "Shop-Robot",
      {},
      "the document Shop-Robot is of type Automation, which Run Command does not run",
    ],
    [
      "a document that is not there",
      "Shop-Nothing",
      {},
      'the document document ("Shop-Nothing", step property document) does not exist there',
    ],
    [
      "a version that is not there",
      "Shop-Deploy",
      { "document-version": "9" },
      "InvalidDocumentVersion",
    ],
    [
      "a version of another form",
      "Shop-Deploy",
      { "document-version": "new" },
      `document-version is "new" on node "web-1", from step property document-version: it must be a version's number, $DEFAULT or $LATEST`,
    ],
  ])("is one line for %s", async (_, document, properties, words) => {
    const ran = await run(document, "", properties);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr.trimEnd()).not.toContain("\n");
    expect(ran.exitCode).toBe(78);
  });

  it("is for another platform than the node's", async () => {
    const ran = await run(
      "Shop-Deploy",
      "version: 1",
      {},
      {
        RD_NODE_OS_FAMILY: "windows",
      },
    );
    expect(ran.stderr).toContain(
      "the document Shop-Deploy is for Linux, and the node's osFamily is windows",
    );
  });

  it("is found by AWS alone where the document may not be described, and the line says so", async () => {
    aws.faults.deniedActions.add("ssm:DescribeDocument");
    try {
      const right = await run("Shop-Deploy", "version: 4");
      expect(right.exitCode).toBe(0);
      expect(right.stderr).toContain("note: node web-1");
      expect(right.stderr).toContain("ssm:DescribeDocument is denied");
      const wrong = await run("Shop-Deploy", "verzion: 4");
      expect(wrong.stderr).toContain("does not take these parameters");
      expect(wrong.exitCode).toBe(78);
    } finally {
      aws.faults.deniedActions.clear();
    }
  });
});

describe("where steps may not be listed", () => {
  it("a document of one step runs as ever, and the line says what is lacking", async () => {
    aws.faults.deniedActions.add("ssm:ListCommandInvocations");
    try {
      const ran = await run(
        "AWS-RunShellScript",
        "commands: [echo hi, exit 4]",
      );
      expect(ran.exitCode).toBe(4);
      expect(text(ran)).toContain("ID\nhi\nRUNDECK:DATA:ssm-status = Failed\n");
      expect(ran.stderr).toMatch(
        /^rundeck-ssm: note: .*ssm:ListCommandInvocations is denied.*\n$/,
      );
      const several = await run("Shop-Deploy", "version: 1");
      expect(several.exitCode).toBe(0);
      expect(text(several)).toContain("RUNDECK:DATA:ssm-exit-code = 0\n");
    } finally {
      aws.faults.deniedActions.clear();
    }
  });
});

describe("while a document runs", () => {
  it("what an earlier step wrote is there before the next one has ended", async () => {
    const running = startPlugin(
      "WorkflowNodeStep",
      stepEnvironment(aws, node, {
        document: "Shop-Wait",
        parameters: "file: go-1",
      }),
    );
    await running.printed("== first ==\none\n");
    await writeFile(path.join(folder(), "go-1"), "");
    const ran = await running.ended;
    expect(text(ran)).toContain(
      "== first ==\none\n== second ==\nwaiting\nwent\n== third ==\nthree\n",
    );
  });

  it("a log group shows a step's output before the step has ended", async () => {
    const running = startPlugin(
      "WorkflowNodeStep",
      stepEnvironment(aws, node, {
        document: "Shop-Wait",
        parameters: "file: go-2",
        "cloudwatch-log-group": "documents",
      }),
    );
    await running.printed("== second ==\nwaiting\n");
    await writeFile(path.join(folder(), "go-2"), "");
    const ran = await running.ended;
    expect(ran.stderr).toBe("");
    expect(text(ran)).toContain(
      "== first ==\none\n== second ==\nwaiting\nwent\n== third ==\nthree\n",
    );
  });

  it("the output comes at each step's end where the log group may not be read, and one line says so", async () => {
    aws.faults.deniedActions.add("logs:GetLogEvents");
    try {
      const ran = await run(
        "AWS-RunShellScript",
        "commands: [echo hi, echo why >&2]",
        { "cloudwatch-log-group": "documents" },
      );
      expect(ran.exitCode).toBe(0);
      expect(text(ran)).toContain("ID\nhi\nRUNDECK");
      expect(ran.stderr).toMatch(
        /^rundeck-ssm: note: .*logs:GetLogEvents.*\nwhy\n$/,
      );
    } finally {
      aws.faults.deniedActions.clear();
    }
  });

  it("more than SSM keeps is cut, and one line says so", async () => {
    const ran = await run("AWS-RunShellScript", "commands: seq 100000");
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout.length).toBeGreaterThan(23_000);
    expect(ran.stderr).toMatch(
      /^rundeck-ssm: note: .*SSM has cut the output of step aws:runShellScript; cloudwatch-log-group gives all of it; command \S+\n$/,
    );
  });

  it("a kill cancels it, and what had been written is shown", async () => {
    const running = startPlugin(
      "WorkflowNodeStep",
      stepEnvironment(aws, node, {
        document: "Shop-Wait",
        parameters: "file: never",
      }),
    );
    await expect
      .poll(() => existsSync(path.join(folder(), "begun-never")))
      .toBe(true);
    running.kill("SIGTERM");
    const ran = await running.ended;
    expect(ran.exitCode).toBe(143);
    expect(ran.stderr).toMatch(
      /^rundeck-ssm: cancelled: node web-1 .*: killed by Rundeck, and ended on the node; command [0-9a-f-]{36}\n$/,
    );
    expect(text(ran)).toContain("== first ==\none\n== second ==\nwaiting\n");
    expect(
      aws.requests.filter(({ operation }) => operation === "CancelCommand"),
    ).toHaveLength(1);
  });

  it("a kill shows each byte once, also what had come through the log group", async () => {
    const running = startPlugin(
      "WorkflowNodeStep",
      stepEnvironment(aws, node, {
        document: "Shop-Wait",
        parameters: "file: never-2",
        "cloudwatch-log-group": "documents",
      }),
    );
    await running.printed("== second ==\nwaiting\n");
    running.kill("SIGTERM");
    const ran = await running.ended;
    expect(ran.exitCode).toBe(143);
    expect(ran.stderr).toMatch(/ended on the node; command \S+\n$/);
    expect(text(ran)).toMatch(
      /ID\n== first ==\none\n== second ==\nwaiting\n== second == Cancelled, code 137\n/,
    );
  });

  it("a lost answer sends nothing twice", async () => {
    const before = sends().length;
    aws.faults.add({
      kind: "lost",
      when: "after",
      operation: "SendCommand",
      times: 1,
    });
    const ran = await run("Shop-Deploy", "version: 5");
    expect(ran.exitCode).toBe(0);
    expect(sends().length).toBe(before + 1);
  });

  it("a node that goes away and comes back is waited for", async () => {
    const running = startPlugin(
      "WorkflowNodeStep",
      stepEnvironment(aws, node, {
        document: "Shop-Wait",
        parameters: "file: go-3",
      }),
    );
    await running.printed("== first ==\none\n");
    const local = aws.nodes.get(node);
    local?.goOffline();
    await writeFile(path.join(folder(), "go-3"), "");
    await running.passed(1_500);
    local?.goOnline();
    const ran = await running.ended;
    expect(ran.exitCode).toBe(0);
    expect(text(ran)).toContain("== third ==\nthree\n");
  });
});

describe("AWS's documents", () => {
  it("AWS-RunPatchBaseline installs with a reboot, and says which platforms' steps were not for the node", async () => {
    const before = aws.nodes.get(node)?.reboots ?? 0;
    const ran = await run("AWS-RunPatchBaseline", "Operation: Install");
    expect(ran.exitCode).toBe(0);
    expect(text(ran)).toContain(
      "== PatchWindows == Skipped\n== PatchLinux ==\n",
    );
    expect(text(ran)).toContain("InstalledCount: 1");
    expect(text(ran)).toContain("RUNDECK:DATA:ssm-status.PatchMacOS = Skipped");
    expect(aws.nodes.get(node)?.reboots).toBe(before + 1);
  });

  it("AWS-ConfigureAWSPackage installs a package", async () => {
    const ran = await run(
      "AWS-ConfigureAWSPackage",
      "action: Install\nname: AmazonCloudWatchAgent\n",
    );
    expect(ran.exitCode).toBe(0);
    expect(text(ran)).toContain(
      "Successfully installed AmazonCloudWatchAgent 1.0.0\n",
    );
  });

  it("AWS-UpdateSSMAgent has a plugin's name for its step's", async () => {
    const ran = await run("AWS-UpdateSSMAgent", "");
    expect(ran.exitCode).toBe(0);
    expect(text(ran)).toContain(
      "RUNDECK:DATA:ssm-status.aws-updateSsmAgent = Success\n",
    );
  });

  it("AWS-RunShellScript takes the step's timeout for its own", async () => {
    const ran = await run("AWS-RunShellScript", "commands: sleep 60", {
      "ssm-execution-timeout": "5",
    });
    expect(ran.exitCode).toBe(124);
    expect(ran.stderr).toContain(
      'raise ssm-execution-timeout ("5", step property ssm-execution-timeout)',
    );
  });
});

describe("credentials and settings", () => {
  it("come from the node's attributes, behind the step's own properties", async () => {
    const ran = await run(
      "AWS-RunShellScript",
      "commands: [echo hi]",
      {
        "ssm-delivery-timeout": "40",
      },
      {
        RD_NODE_SSM_DELIVERY_TIMEOUT: "50",
        RD_NODE_SSM_PROFILE: "nosuch",
      },
    );
    expect(ran.exitCode).toBe(77);
    expect(ran.stderr).toContain(
      'ssm-profile is "nosuch", from node attribute ssm-profile:',
    );
  });

  it("a Key Storage path of the node's can't be opened for a step, and the line says where to put it", async () => {
    const ran = await run(
      "AWS-RunShellScript",
      "commands: [echo hi]",
      {},
      {
        RD_NODE_SSM_ACCESSKEYID: "AKIAEXAMPLE",
        RD_NODE_SSM_SECRETKEY: "keys/secret",
      },
    );
    expect(ran.exitCode).toBe(78);
    expect(ran.stderr).toContain(
      "project.plugin.WorkflowNodeStep.aws-ssm-document.ssm-secretKey",
    );
    expect(ran.stderr).not.toContain("keys/secret");
  });

  it("a secure option's value is not shown in a mistake", async () => {
    const ran = await run(
      "Shop-Deploy",
      "version: hunter22secret",
      {},
      {
        RD_SECUREOPTION_X: "hunter22secret",
        RD_OPTION_X: "hunter22secret",
      },
    );
    expect(ran.stderr).toContain(
      "parameter version is a secure option's value",
    );
    expect(ran.stderr).not.toContain("hunter22");
  });
});

function folder(): string {
  return aws.nodes.get(node)?.folder ?? "";
}
