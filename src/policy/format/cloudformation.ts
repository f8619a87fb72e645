import { bucketName } from "../arns.ts";
import type { PolicySettings } from "../settings.ts";
import { descriptions, splitRole, type Named } from "./named.ts";

/** A template in JSON. A key's policy is a part of its key there, so that the template makes one. */
export function formatCloudFormation(
  policies: readonly Named[],
  settings: PolicySettings,
): string {
  const resources = policies.map((policy) => [
    `RundeckSsm${capitalize(policy.kind)}`,
    composeResource(policy, settings),
  ]);
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "Policies for Rundeck over AWS Systems Manager",
    Resources: Object.fromEntries(resources),
  };
  return `${JSON.stringify(template, undefined, 2)}\n`;
}

function composeResource(
  { kind, document }: Named,
  settings: PolicySettings,
): { Type: string; Properties: object } {
  const Description = descriptions[kind];
  switch (kind) {
    case "executor":
    case "copier":
    case "node":
      return {
        Type: "AWS::IAM::ManagedPolicy",
        Properties: { Description, PolicyDocument: document },
      };
    case "bucket":
      return {
        Type: "AWS::S3::BucketPolicy",
        Properties: { Bucket: bucketName(settings), PolicyDocument: document },
      };
    case "key":
      return {
        Type: "AWS::KMS::Key",
        Properties: { Description, KeyPolicy: document },
      };
    case "trust":
      return {
        Type: "AWS::IAM::Role",
        Properties: {
          ...nameRole(settings),
          Description,
          AssumeRolePolicyDocument: document,
        },
      };
  }
}

function nameRole({ role }: PolicySettings): object {
  if (role === undefined) return {};
  const { name, path } = splitRole(role);
  return { RoleName: name, Path: path };
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
