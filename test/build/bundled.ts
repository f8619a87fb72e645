import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

export type BundledPackage = { name: string; version: string; licence: string };

const meta = z.object({
  inputs: z.record(z.string(), z.unknown()),
  outputs: z.record(
    z.string(),
    z.object({ inputs: z.record(z.string(), z.unknown()) }),
  ),
});
const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
});

/** What esbuild says of the built bundles. */
export function readMeta(out: string): z.infer<typeof meta> {
  return meta.parse(readJson(path.join(out, "meta.json")));
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** The packages whose files are in the built bundles, asked of their own manifests: the nearest package.json that has a version. */
export function bundledPackages(out: string): BundledPackage[] {
  const files = Object.values(readMeta(out).outputs)
    .flatMap((item) => Object.keys(item.inputs))
    .filter((file) => file.includes("node_modules/"));
  const found = files.map((file) => manifestAbove(path.dirname(file)));
  return [...new Map(found.map((item) => [item.name, item])).values()];
}

function manifestAbove(folder: string): BundledPackage {
  const file = path.join(folder, "package.json");
  const { data } = manifest.safeParse(existsSync(file) ? readJson(file) : {});
  return data === undefined
    ? manifestAbove(path.dirname(folder))
    : { name: data.name, version: data.version, licence: data.license };
}
