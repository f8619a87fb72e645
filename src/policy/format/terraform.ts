import { bucketName, keyArn } from "../arns.ts";
import type { PolicySettings } from "../settings.ts";
import { descriptions, splitRole, type Named } from "./named.ts";

/** Resources in Terraform's language, one for each policy. */
export function formatTerraform(
  policies: readonly Named[],
  settings: PolicySettings,
): string {
  return policies.map((policy) => composeResource(policy, settings)).join("\n");
}

function composeResource(policy: Named, settings: PolicySettings): string {
  const { kind, document } = policy;
  const { type, attributes, policyName } = describe(policy, settings);
  const lines = Object.entries(attributes).map(
    ([name, value]) => `  ${name} = ${quote(value)}\n`,
  );
  return `resource "${type}" "rundeck_ssm_${kind}" {
${lines.join("")}
  ${policyName} = jsonencode(${compose(document, "  ")})
}
`;
}

type Resource = {
  type: string;
  attributes: Readonly<Record<string, string>>;
  /** The attribute that takes the policy. */
  policyName: string;
};

function describe({ kind }: Named, settings: PolicySettings): Resource {
  const description = descriptions[kind];
  const name = `rundeck-ssm-${kind}`;
  switch (kind) {
    case "executor":
    case "copier":
    case "node":
      return {
        type: "aws_iam_policy",
        attributes: { name, description },
        policyName: "policy",
      };
    case "bucket":
      return {
        type: "aws_s3_bucket_policy",
        attributes: { bucket: bucketName(settings) },
        policyName: "policy",
      };
    case "key":
      return {
        type: "aws_kms_key_policy",
        attributes: { key_id: keyArn(settings) },
        policyName: "policy",
      };
    case "trust": {
      const { role } = settings;
      return {
        type: "aws_iam_role",
        attributes: {
          ...(role === undefined ? { name } : splitRole(role)),
          description,
        },
        policyName: "assume_role_policy",
      };
    }
  }
}

/** A value as an expression; names that are no identifiers are quoted. */
function compose(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value))
    return `[\n${value.map((item) => `${inner}${compose(item, inner)},\n`).join("")}${indent}]`;
  const items = Object.entries(value ?? {}).map(
    ([name, item]) =>
      `${inner}${/^[A-Za-z]\w*$/.test(name) ? name : quote(name)} = ${compose(item, inner)}\n`,
  );
  return `{\n${items.join("")}${indent}}`;
}

/** Source: Terraform language, "Strings and templates": escapes as in JSON, and `$${` and `%%{` for what would begin a template. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, "$&$&");
}
