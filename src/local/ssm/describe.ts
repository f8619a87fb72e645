import { createHash } from "node:crypto";
import type { Call } from "../protocol.ts";
import {
  documentNameBounds,
  documentVersionBounds,
  pageBounds,
} from "./bounds.ts";
import type { VersionedDocument } from "./document.ts";
import type { Input } from "./input.ts";
import { takePage } from "./paging.ts";
import { textOf } from "./parameters.ts";
import { anyResource } from "./read.ts";
import type { SsmState } from "./state.ts";

export function describeDocument(
  state: SsmState,
  input: Input,
  call: Call,
): object {
  const document = findDocument(state, input, call, "ssm:DescribeDocument");
  const { description, parameters, latestVersion, defaultVersion } = document;
  return {
    Document: {
      ...viewDocument(document),
      Description: description,
      Hash: createHash("sha256").update(contentOf(document)).digest("hex"),
      HashType: "Sha256",
      Status: "Active",
      // of what a document allows AWS tells no more than this
      Parameters: Object.entries(parameters).map(([Name, parameter]) => ({
        Name,
        Type: parameter.type,
        Description: parameter.description ?? "",
        ...(parameter.default === undefined
          ? {}
          : { DefaultValue: textOf(parameter.default) }),
      })),
      LatestVersion: latestVersion,
      DefaultVersion: defaultVersion,
    },
  };
}

export function getDocument(state: SsmState, input: Input, call: Call): object {
  input.text("DocumentFormat", { oneOf: ["JSON", "YAML", "TEXT"] });
  const document = findDocument(state, input, call, "ssm:GetDocument");
  return {
    Name: document.name,
    DocumentVersion: document.version,
    Status: "Active",
    DocumentType: document.type,
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
  call.authorize("ssm:ListDocuments", anyResource(call));
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
): VersionedDocument {
  const name = input.requiredText("Name", documentNameBounds);
  const version = input.text("DocumentVersion", documentVersionBounds);
  input.finish();
  const account = name.startsWith("AWS-") ? "" : call.caller.account;
  call.authorize(
    action,
    `arn:aws:ssm:${call.region}:${account}:document/${name}`,
  );
  return state.documents.find(name, version);
}

function viewDocument(document: VersionedDocument): object {
  return {
    Name: document.name,
    Owner: document.owner,
    PlatformTypes: document.platforms,
    DocumentVersion: document.version,
    DocumentType: document.type,
    SchemaVersion: document.schemaVersion,
    DocumentFormat: "JSON",
    TargetType: "/",
  };
}

function contentOf({
  description,
  schemaVersion,
  parameters,
  body,
}: VersionedDocument): string {
  return JSON.stringify({ schemaVersion, description, parameters, ...body });
}
