import { accessSync, constants } from "node:fs";
import path from "node:path";
import { BridgeError } from "../kernel/errors.ts";

/** The local AWS's Windows nodes, and the program that runs their scripts. Throws `setting-…` where there is none. */
export function openWindows(nodes = 0): {
  windows?: number;
  powershell?: string;
} {
  if (nodes === 0) return {};
  const name = process.env.RUNDECK_SSM_POWERSHELL ?? "";
  const remedy =
    "set it to a program that runs Windows' PowerShell (a path, or a name in PATH)";
  if (name === "")
    throw new BridgeError(
      "setting-missing",
      `--windows: RUNDECK_SSM_POWERSHELL is not set; ${remedy}`,
    );
  const powershell = findProgram(name);
  if (powershell === undefined)
    throw new BridgeError(
      "setting-invalid",
      `--windows: RUNDECK_SSM_POWERSHELL is '${name}', which is no program here; ${remedy}`,
    );
  return { windows: nodes, powershell };
}

function findProgram(name: string): string | undefined {
  const folders = name.includes("/")
    ? [""]
    : (process.env.PATH ?? "").split(":");
  return folders
    .map((folder) => path.resolve(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
