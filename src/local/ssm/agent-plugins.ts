/**
 * What the agent's own plugins do, as a shell does it here: they keep what they change in the node's folder, and say what the agent says.
 * By the step's inputs, parameters filled in.
 */
export const agentPlugins: Readonly<
  Record<string, (inputs: Readonly<Record<string, string>>) => string[]>
> = {
  "aws:configurePackage": configurePackage,
};

function configurePackage({
  name = "",
  action = "",
  version = "",
}: Readonly<Record<string, string>>): string[] {
  const pack = quote(name);
  const wanted = quote(version === "" ? "1.0.0" : version);
  if (action === "Uninstall")
    return [
      `installed=packages/${pack}`,
      'if [ ! -f "$installed" ]; then',
      `  echo ${pack} is not installed; exit 0`,
      "fi",
      `echo Initiating ${pack} "$(cat "$installed")" uninstall`,
      `rm "$installed" && echo Successfully uninstalled ${pack}`,
    ];
  return [
    `case ${pack} in *NoSuch*) echo failed to download manifest: ${pack} not found >&2; exit 1;; esac`,
    "mkdir -p packages",
    `echo Initiating ${pack} ${wanted} install`,
    `echo ${wanted} > packages/${pack}`,
    `echo Successfully installed ${pack} ${wanted}`,
  ];
}

/** The update of the agent itself, which in schema 1 has the document's parameters for inputs. */
export function updateAgent({ version }: { version: string }): string[] {
  const wanted = version === "" ? "3.3.3572.0" : version;
  return [
    `echo Updating amazon-ssm-agent from 3.3.0.0 to ${quote(wanted)}`,
    `echo ${quote(wanted)} > agent-version`,
    `echo Successfully updated amazon-ssm-agent from 3.3.0.0 to ${quote(wanted)}`,
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
