/** Bytes. Source: NAME_MAX of Linux, macOS and the BSDs. */
const longestName = 255;

/** Why no file or folder on Unix can have this name and be told to Rundeck; undefined if it can. */
export function explainName(name: string): string | undefined {
  if (/[\r\n]/.test(name))
    return `${JSON.stringify(name)} holds a line break, which Rundeck can't take for a path`;
  const bytes = Buffer.byteLength(name);
  return bytes > longestName
    ? `${JSON.stringify(`${name.slice(0, 40)}…`)} has ${bytes} bytes, and a name takes ${longestName}`
    : undefined;
}

/** Why a destination can't be a file on Unix; undefined if it can. What a folder's file is called there is `fileName`. */
export function explainPath(
  path: string,
  fileName: string,
): string | undefined {
  const isFolder = /(?:^|\/)(?:\.\.?)?$|^~[^/]*$/.test(path);
  return [...path.split("/"), ...(isFolder ? [fileName] : [])]
    .map(explainName)
    .find((reason) => reason !== undefined);
}
