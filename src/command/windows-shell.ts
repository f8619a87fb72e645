import { BridgeError } from "../kernel/errors.ts";

export type WindowsShell = "powershell" | "pwsh" | "cmd";

const shells: readonly WindowsShell[] = ["powershell", "pwsh", "cmd"];

/**
 * Which shell `ssm-shell` names, alone or as a path. Throws `setting-invalid` for another, which would be handed PowerShell's
 * options. `named`: the node and the setting, for the message.
 */
export function parseWindowsShell(
  shell = "powershell",
  named = `ssm-shell (${shell})`,
): WindowsShell {
  const name = shell.replace(/^.*[\\/]/, "").replace(/\.exe$/i, "");
  const found = shells.find((known) => known === name.toLowerCase());
  if (found !== undefined) return found;
  throw new BridgeError(
    "setting-invalid",
    `${named} runs no commands on Windows; it can be powershell, pwsh or cmd, by name or path`,
  );
}
