import { composePolicy } from "./compose.ts";
import { formatCloudFormation } from "./format/cloudformation.ts";
import { formatJson } from "./format/json.ts";
import type { Named } from "./format/named.ts";
import { formatTerraform } from "./format/terraform.ts";
import { listNotes } from "./notes.ts";
import type { PolicyRequest } from "./request.ts";
import { kinds, type Kind } from "./settings.ts";

/** What `rundeck-ssm policy` prints: the policies, and notes beside them. */
export function answerRequest(request: PolicyRequest): {
  text: string;
  notes: readonly string[];
} {
  const printed = listKinds(request);
  const policies = printed.map((kind) => ({
    kind,
    document: composePolicy(kind, request.settings),
  }));
  const text = formatPolicies(request, policies);
  return { text, notes: listNotes(request, printed, text) };
}

/** Of all those for which there is something. */
function listKinds({ asked, settings }: PolicyRequest): readonly Kind[] {
  if (asked !== "all") return [asked];
  const given: Partial<Record<Kind, unknown>> = {
    bucket: settings.bucket,
    key: settings.kmsKey,
    trust: settings.role,
  };
  return kinds.filter((kind) => !(kind in given) || given[kind] !== undefined);
}

function formatPolicies(
  { asked, settings, format }: PolicyRequest,
  policies: readonly Named[],
): string {
  switch (format) {
    case "json":
      return formatJson(asked, policies);
    case "terraform":
      return formatTerraform(policies, settings);
    case "cloudformation":
      return formatCloudFormation(policies, settings);
  }
}
