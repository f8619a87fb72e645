import { findProgram, type Home } from "./home.ts";
import type { ScriptStep } from "./message.ts";
import type { NodeFacts } from "./facts.ts";
import type { ScriptFiles } from "./orchestration.ts";

/** What an agent starts a script with. */
export type Interpreter =
  | {
      kind: "found";
      program: string;
      /** From the program's own name on. */
      args: string[];
      env: Record<string, string>;
    }
  | { kind: "missing"; name: string };

/** Source: SSM agent 3.3, its `runpowershellscript` plugin on Windows. */
const windowsArguments =
  "-InputFormat None -Noninteractive -NoProfile -ExecutionPolicy unrestricted".split(
    " ",
  );

/** An absolute path that only Windows understands. */
export function isWindowsPath(path: string): boolean {
  return /^(?:[a-z]:)?[\\]|^[a-z]:\//i.test(path);
}

export async function interpreterOf(
  step: ScriptStep,
  files: ScriptFiles,
  node: { facts: NodeFacts; home: Home; powershell: string | undefined },
): Promise<Interpreter> {
  const { facts, home, powershell } = node;
  const isScript = /^aws:run\w+Script$/.test(step.plugin);
  if (facts.platform.type === "Windows" && isScript)
    return powershell === undefined
      ? { kind: "missing", name: "powershell.exe" }
      : windowsPowerShell(powershell, step, files);
  const [name, args] =
    step.plugin === "aws:runPowerShellScript"
      ? ["pwsh", ["pwsh", "-f", files.script]]
      : ["sh", ["sh", "-c", files.script]];
  const program = await findProgram(home, name);
  return program === undefined
    ? { kind: "missing", name }
    : { kind: "found", program, args, env: {} };
}

/**
 * The agent starts PowerShell in the working directory. A folder of Windows is none of this machine, so PowerShell itself
 * has to go there: the one argument that the agent does not give, and 5.1 does not know.
 */
function windowsPowerShell(
  program: string,
  { workingDirectory }: ScriptStep,
  { script }: ScriptFiles,
): Interpreter {
  const there = isWindowsPath(workingDirectory)
    ? ["-WorkingDirectory", workingDirectory]
    : [];
  return {
    kind: "found",
    program,
    args: [program, ...windowsArguments, ...there, "-f", script],
    // as the agent's own pipes: the script has ended when no process holds its output any more
    env: { RUNDECK_SSM_HANDLES: "wait" },
  };
}
