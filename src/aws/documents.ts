import {
  DescribeDocumentCommand,
  GetDocumentCommand,
  ListCommandInvocationsCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import type { CommandPlugin, DocumentParameter } from "@aws-sdk/client-ssm";
import * as z from "zod/mini";
import type {
  DocumentDescription,
  ParameterDescription,
} from "../command/document/description.ts";
import type { Clock } from "../kernel/clock.ts";
import { openCaller } from "./call.ts";
import { clientConfig } from "./clients.ts";
import type { ClientOptions } from "./clients.ts";
import type { Call } from "./companions.ts";
import { statusOf } from "./run-command.ts";
import type { CommandOnNode } from "./ssm.ts";

/** A document by name or ARN, and one of its versions; absent: the default one. */
export type DocumentName = { document: string; documentVersion?: string };

/** What a document's text says of a parameter, and DescribeDocument does not. */
export type ParameterText = Pick<
  ParameterDescription,
  "type" | "isRequired" | "allowedValues" | "allowedPattern"
>;

/** A step of a document on a node. */
export type StepState = {
  name: string;
  /** StatusDetails, letters only: "Success", "Failed", "ExecutionTimedOut"; "Skipped" where the agent passed over it. */
  status: string;
  /** -1 until the end, and sometimes at it. */
  responseCode: number;
};

/** A command on a node, and how far its steps are, in the document's order. */
export type StepList = { status: string; steps: readonly StepState[] };

/** Documents, and commands step by step. Each call is one request; all throw translated `BridgeError`s. */
export type Documents = {
  /** `ssm:DescribeDocument`. */
  describe(name: DocumentName, call: Call): Promise<DocumentDescription>;
  /** What its text says of its parameters: `ssm:GetDocument`. */
  read(
    name: DocumentName,
    call: Call,
  ): Promise<ReadonlyMap<string, ParameterText>>;
  /** `ssm:ListCommandInvocations`. Undefined just after a send. */
  listSteps(command: CommandOnNode, call: Call): Promise<StepList | undefined>;
  close(): void;
};

/** Nothing is sent until the first call. */
export function openDocuments(options: ClientOptions, clock: Clock): Documents {
  const client = new SSMClient(clientConfig(options));
  const call = openCaller(options, clock);
  return {
    describe: (name, to) =>
      call(
        "ssm:DescribeDocument",
        to,
        async (limits) => {
          const command = new DescribeDocumentCommand(inputOf(name));
          const { Document = {} } = await client.send(command, limits);
          return {
            type: Document.DocumentType ?? "",
            platforms: Document.PlatformTypes ?? [],
            parameters: new Map((Document.Parameters ?? []).map(parameterOf)),
          };
        },
        { setting: "document" },
      ),
    read: (name, to) =>
      call(
        "ssm:GetDocument",
        to,
        async (limits) => {
          const input = { ...inputOf(name), DocumentFormat: "JSON" } as const;
          const { Content = "" } = await client.send(
            new GetDocumentCommand(input),
            limits,
          );
          return parseText(Content);
        },
        { setting: "document" },
      ),
    listSteps: ({ commandId, instanceId }, to) =>
      call("ssm:ListCommandInvocations", to, async (limits) => {
        const command = new ListCommandInvocationsCommand({
          CommandId: commandId,
          InstanceId: instanceId,
          Details: true,
        });
        const { CommandInvocations = [] } = await client.send(command, limits);
        const [invocation] = CommandInvocations;
        return (
          invocation && {
            status: statusOf(invocation),
            steps: (invocation.CommandPlugins ?? []).map(stepOf),
          }
        );
      }),
    close: () => client.destroy(),
  };
}

function inputOf({ document, documentVersion }: DocumentName) {
  return {
    Name: document,
    ...(documentVersion === undefined
      ? {}
      : { DocumentVersion: documentVersion }),
  };
}

/** "Parameters without a default value are required." Source: DocumentParameter, DefaultValue. */
function parameterOf(
  parameter: DocumentParameter,
): [string, ParameterDescription] {
  const { Name = "", Type = "", DefaultValue } = parameter;
  return [Name, { type: Type, isRequired: DefaultValue === undefined }];
}

const parameterText = z.object({
  type: z.string(),
  default: z.optional(z.unknown()),
  allowedValues: z.optional(
    z.array(z.union([z.string(), z.number(), z.boolean()])),
  ),
  allowedPattern: z.optional(z.string()),
});
const documentText = z.object({
  parameters: z.optional(z.record(z.string(), z.unknown())),
});

/** What is of no known form is left to AWS. */
function parseText(content: string): Map<string, ParameterText> {
  const document = z.safeParse(documentText, parseJson(content));
  const texts = new Map<string, ParameterText>();
  const { parameters = {} } = document.success ? document.data : {};
  for (const [name, text] of Object.entries(parameters)) {
    const parsed = z.safeParse(parameterText, text);
    if (!parsed.success) continue;
    const { type, allowedValues, allowedPattern } = parsed.data;
    texts.set(name, {
      type,
      isRequired: parsed.data.default === undefined,
      ...(allowedValues ? { allowedValues: allowedValues.map(String) } : {}),
      ...(allowedPattern === undefined ? {} : { allowedPattern }),
    });
  }
  return texts;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The agent's words for a step that it passes over, which AWS may call a success. Source: SSM agent 3.3. */
const passedOver =
  /^(?:Step execution skipped due to |Plugin with name .* skipped due to )/;

function stepOf(plugin: CommandPlugin): StepState {
  const { Name = "", Output = "", ResponseCode = -1 } = plugin;
  const status = statusOf(plugin);
  return {
    name: Name,
    status: passedOver.test(Output) ? "Skipped" : status,
    responseCode: ResponseCode,
  };
}
