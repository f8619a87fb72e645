// Writes the files that follow from the tables of settings, of faults and of policies: plugin.yaml, the table in docs/settings.md,
// docs/faults.md, the policies in docs/iam.md.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { importBundled } from "./import-bundled.mjs";

process.chdir(path.dirname(import.meta.dirname));
const { generateFiles } = await importBundled("scripts/generated.ts", {
  name: "generated",
});
for (const [file, text] of await generateFiles()) await writeFile(file, text);
