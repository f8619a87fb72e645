import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Writes SHA256SUMS of files in `folder`, for `sha256sum --check`. */
export async function writeSums(folder, names) {
  const lines = await Promise.all(
    names.map(
      async (name) =>
        `${sha256(await readFile(path.join(folder, name)))}  ${name}\n`,
    ),
  );
  await writeFile(path.join(folder, "SHA256SUMS"), lines.join(""));
}
