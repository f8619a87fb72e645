import { parseArguments } from "../src/main/arguments.ts";
import { kindOfPolicyOption, requestOf } from "../src/main/cli-policy.ts";
import { answerRequest } from "../src/policy/answer.ts";
import { listNeeded } from "../src/policy/compose.ts";
import type { PolicyRequest } from "../src/policy/request.ts";

/** A command in docs/iam.md, and what stands below it: its policy, and what each statement of it is for. */
const blocks =
  /^<!-- rundeck-ssm policy (.*) -->\n[^]*?^<!-- policy:end -->$/gm;

export function composeIam(text: string): string {
  return text.replaceAll(blocks, (_, words: string) => {
    const request = parseWords(words);
    return `<!-- rundeck-ssm policy ${words} -->

\`\`\`sh
rundeck-ssm policy ${words}
\`\`\`

\`\`\`json
${answerRequest(request).text}\`\`\`

${composeTable(request)}

<!-- policy:end -->`;
  });
}

function parseWords(words: string): PolicyRequest {
  return requestOf(
    parseArguments(["policy", ...words.split(" ")], (_, name) =>
      kindOfPolicyOption(name),
    ),
  );
}

function composeTable({ asked, settings }: PolicyRequest): string {
  if (asked === "all") throw new Error("docs/iam.md has one policy at a time");
  const rows = listNeeded(asked, settings).flatMap(({ record, actions }) =>
    groupActions(actions).map(([without, names], index) =>
      index === 0
        ? `| ${record.sid} | ${record.purpose} | ${names} | ${without} |`
        : `| | | ${names} | ${without} |`,
    ),
  );
  return [
    "| statement | for | action | without it |",
    "|-|-|-|-|",
    ...rows,
  ].join("\n");
}

/** Actions that are missed in the same way stand together. */
function groupActions(
  actions: readonly { name: string; without: string }[],
): [string, string][] {
  const groups = new Map<string, string[]>();
  for (const { name, without } of actions)
    groups.set(without, [...(groups.get(without) ?? []), `\`${name}\``]);
  return [...groups].map(([without, names]) => [without, names.join(", ")]);
}
