import { optionOf, policyOptions } from "./options.ts";
import { kinds } from "./settings.ts";
import { isPolicyOption } from "./options.ts";

const options = Object.keys(policyOptions)
  .filter(isPolicyOption)
  .map((name) => {
    const { value, text, kinds: users, repeats } = optionOf(name);
    const whose = users.length < kinds.length ? ` (${users.join(", ")})` : "";
    return `  --${name} ${value}${repeats ? " …" : ""}\n      ${text}${whose}\n`;
  });

/** What `rundeck-ssm policy --help` says beside the overview. */
export const policyHelp = `
policy prints the least policy for what it is given, alone on stdout; what each statement is for is said on stderr. KIND is one of

  executor  what Rundeck needs for commands
  copier    what it needs for files and scripts
  node      what a node's role needs
  bucket    a policy of the bucket itself, where it is another account's
  key       a policy of the KMS key that encrypts the bucket's objects
  trust     the trust policy of the role that Rundeck assumes
  all       all of them that the settings need

and takes:

${options.join("")}`;
