import path from "node:path";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { bundledPackages, readJson } from "./bundled.ts";

/** What CycloneDX 1.6 asks for, of the parts that the bill has. Source: https://cyclonedx.org/docs/1.6/json/ */
const hash = z.strictObject({
  alg: z.enum(["SHA-256", "SHA-512"]),
  content: z.string().regex(/^(?:[0-9a-f]{64}|[0-9a-f]{128})$/),
});
const licenses = z
  .array(z.strictObject({ license: z.strictObject({ id: z.string() }) }))
  .length(1);
const bill = z.strictObject({
  $schema: z.literal("http://cyclonedx.org/schema/bom-1.6.schema.json"),
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.literal("1.6"),
  serialNumber: z
    .string()
    .regex(/^urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
  version: z.literal(1),
  metadata: z.strictObject({
    component: z.strictObject({
      type: z.literal("application"),
      "bom-ref": z.string(),
      name: z.literal("rundeck-ssm-bridge"),
      version: z.string(),
      hashes: z.array(hash),
      licenses,
    }),
  }),
  components: z.array(
    z.strictObject({
      type: z.literal("library"),
      "bom-ref": z.string(),
      group: z.string().optional(),
      name: z.string(),
      version: z.string(),
      scope: z.literal("required"),
      hashes: z.array(hash),
      licenses,
      purl: z.string().regex(/^pkg:npm\/(?:%40[^/@]+\/)?[^/@]+@[^@]+$/),
    }),
  ),
  dependencies: z.array(
    z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) }),
  ),
});

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({ integrity: z.string().optional() }),
  ),
});

describe("the bill of materials", () => {
  const { zip } = inject("build");
  const file = zip.replace(/zip$/, "cdx.json");
  const { components, dependencies, metadata } = bill.parse(readJson(file));
  const refs = [metadata.component, ...components].map((x) => x["bom-ref"]);

  test("lists exactly the packages in the bundles, with their licences and what was installed", () => {
    const listed = components.map(({ group, name, version, ...more }) => ({
      name: group === undefined ? name : `${group}/${name}`,
      version,
      licence: more.licenses[0]?.license.id,
    }));
    expect(listed).toEqual(
      bundledPackages(path.dirname(zip)).toSorted((a, b) =>
        a.name < b.name ? -1 : 1,
      ),
    );
    const zod = components.find(({ name }) => name === "zod");
    const lock = lockfile.parse(readJson("package-lock.json"));
    const integrity = lock.packages["node_modules/zod"]?.integrity ?? "";
    expect(zod?.hashes[0]?.content).toBe(
      Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex"),
    );
  });

  test("knows every component once, and tells what each needs of the others", () => {
    expect(new Set(refs).size).toBe(refs.length);
    expect(dependencies.map(({ ref }) => ref).toSorted()).toEqual(
      refs.toSorted(),
    );
    const needed = new Set(dependencies.flatMap((item) => item.dependsOn));
    // whatever is in the zip is there because something needs it
    expect(refs.filter((ref) => !needed.has(ref))).toEqual([refs[0]]);
    expect([...needed].filter((ref) => !refs.includes(ref))).toEqual([]);
  });
});
