import { createHash } from "node:crypto";
import type { Call } from "../protocol.ts";
import { documentNameBounds, pageBounds } from "./bounds.ts";
import type { Document } from "./documents.ts";
import type { Input } from "./input.ts";
import { takePage } from "./paging.ts";
import { anyResource } from "./read.ts";
import type { SsmState } from "./state.ts";

export function describeDocument(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const document = findDocument(state, input, call, "ssm:DescribeDocument");
  return {
    Document: {
      ...viewDocument(document),
      Description: document.description,
      Hash: createHash("sha256").update(contentOf(document)).digest("hex"),
      HashType: "Sha256",
      Status: "Active",
      Parameters: Object.entries(document.parameters).map(
        ([Name, required]) => ({
          Name,
          Type: "StringList",
          ...(required ? {} : { DefaultValue: "" }),
        }),
      ),
      LatestVersion: "1",
      DefaultVersion: "1",
    },
  };
}

export function getDocument(state: SsmState, input: Input, call: Call): object {
  const document = findDocument(state, input, call, "ssm:GetDocument");
  return {
    Name: document.name,
    DocumentVersion: "1",
    Status: "Active",
    DocumentType: "Command",
    DocumentFormat: "JSON",
    Content: contentOf(document),
  };
}

export function listDocuments(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const paging = {
    token: input.text("NextToken"),
    size: input.number("MaxResults", pageBounds) ?? 50,
  };
  input.finish();
  call.authorize("ssm:ListDocuments", anyResource(state, call));
  const { page, nextToken } = takePage(
    state.documents.all(),
    (it) => it.name,
    paging,
  );
  return {
    DocumentIdentifiers: page.map(viewDocument),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

function findDocument(
  state: SsmState,
  input: Input,
  call: Call,
  action: string,
): Document {
  const name = input.requiredText("Name", documentNameBounds);
  input.finish();
  const account = name.startsWith("AWS-") ? "" : call.caller.account;
  call.authorize(
    action,
    `arn:aws:ssm:${state.region}:${account}:document/${name}`,
  );
  return state.documents.find(name);
}

function viewDocument({ name, owner, platforms }: Document): object {
  return {
    Name: name,
    Owner: owner,
    PlatformTypes: platforms,
    DocumentVersion: "1",
    DocumentType: "Command",
    SchemaVersion: "2.2",
    DocumentFormat: "JSON",
    TargetType: "/",
  };
}

function contentOf({ description, parameters, plugins }: Document): string {
  return JSON.stringify({
    schemaVersion: "2.2",
    description,
    parameters: Object.fromEntries(
      Object.keys(parameters).map((name) => [name, { type: "StringList" }]),
    ),
    mainSteps: plugins.map((action) => ({
      action,
      name: action.replace("aws:", ""),
    })),
  });
}
