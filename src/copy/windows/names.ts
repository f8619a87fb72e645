/**
 * Names that Windows does not take, or takes for something else than a file. Source: Microsoft, "Naming Files, Paths, and
 * Namespaces".
 */
const device =
  /^(?:con|prn|aux|nul|com[1-9\u00b9\u00b2\u00b3]|lpt[1-9\u00b9\u00b2\u00b3]|conin\$|conout\$) *(?:[.:]|$)/i;

/** Why Windows takes no file or folder of this name; undefined if it does. */
export function explainName(name: string): string | undefined {
  const shown = show(name);
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  const illegal = /[<>"|?*\u0000-\u001f]/.exec(name)?.[0];
  if (device.test(name))
    return `${shown} is a device on Windows, whatever comes after its first dot`;
  if (illegal !== undefined)
    return `${shown} holds ${show(illegal)}, which no name on Windows may`;
  if (name.includes(":"))
    return `${shown} would be a hidden stream of ${show(name.split(":", 1)[0] ?? "")}: Windows takes ":" in no name`;
  if (/[. ]$/.test(name))
    return `${shown} ends with ${name.endsWith(".") ? "a dot" : "a blank"}, which Windows leaves away`;
  if (name.length > 255)
    return `${show(`${name.slice(0, 40)}…`)} has ${name.length} characters, and Windows takes 255`;
  return undefined;
}

/**
 * Why a destination is no path on Windows, or none that can be meant; undefined if it is one. What a folder's file is called
 * there is `fileName`.
 */
export function explainPath(
  path: string,
  fileName: string,
): string | undefined {
  const reference = findReference(path);
  if (reference !== undefined)
    return `${show(reference)} is not filled in: the copier takes a path as it stands`;
  if (/^~[^\\/]/.test(path))
    return `${show(path.split(/[\\/]/, 1)[0] ?? "")} is nobody's home: ~ alone is that of the agent's user`;
  const root =
    /^[\\/]{2}\?[\\/](?:unc[\\/]|(?=[a-z]:[\\/]))|^[\\/]{2}(?![.?][\\/])/i.exec(
      path,
    );
  if (/^[\\/]{2}/.test(path) && !root)
    return `${show(path)} names a device, not a file`;
  const local = path.slice(root?.[0].length ?? 0);
  if (/^[a-z]:(?![\\/])/i.test(local))
    return `${show(local.slice(0, 2))} has to be followed by \\: what comes after it depends on a folder that the agent happens to be in`;
  const names = local
    .replace(/^[a-z]:/i, "")
    .split(/[\\/]/)
    .filter((name) => !["", ".", "..", "~"].includes(name));
  const isFolder = /(?:^|[\\/])(?:\.\.?)?$|^~$/.test(path);
  return [...names, ...(isFolder ? [fileName] : [])]
    .map(explainName)
    .find((reason) => reason !== undefined);
}

/** A variable or a command where a folder is meant, or the path's beginning. (Files may be called `100%PATH%.txt`, `caf%C3%A9.txt`.) */
function findReference(path: string): string | undefined {
  const folders = path.split(/[\\/]/).slice(0, -1);
  return (
    /\$\{?env:\w+\}?/i.exec(path)?.[0] ??
    folders.find((name) => /^%[^%]+%$/.test(name)) ??
    /^(?:[$`][^\\/]*|%[^%\\/]+%)/.exec(path)?.[0]
  );
}

/** In quotes, with what can't be seen spelled out. */
function show(text: string): string {
  return JSON.stringify(text).replaceAll("\\\\", "\\");
}
