import { createHash } from "node:crypto";

/**
 * A CycloneDX 1.6 bill of what is in the zip, as JSON. It has no time, and its serial number follows from the zip: the same release has the same bill.
 * Written by hand: the libraries for it would bring more packages than the bill lists, for these few lines.
 * Source: https://cyclonedx.org/docs/1.6/json/
 */
export function composeSbom({ version, packages, needs, zipSha256 }) {
  const self = `rundeck-ssm-bridge@${version}`;
  const refs = new Map(packages.map((item) => [item.folder, purlOf(item)]));
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(zipSha256)}`,
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": self,
        name: "rundeck-ssm-bridge",
        version,
        hashes: [{ alg: "SHA-256", content: zipSha256 }],
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
    },
    components: packages.map(composeComponent),
    dependencies: [
      { ref: self, dependsOn: needs.map((folder) => refs.get(folder)) },
      ...packages.map((item) => ({
        ref: refs.get(item.folder),
        dependsOn: item.needs.map((other) => refs.get(other)),
      })),
    ],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function composeComponent(item) {
  const [scope, name] = item.name.startsWith("@")
    ? item.name.split("/")
    : [undefined, item.name];
  return {
    type: "library",
    "bom-ref": purlOf(item),
    ...(scope === undefined ? {} : { group: scope }),
    name,
    version: item.version,
    scope: "required",
    hashes: [hashOf(item.integrity)],
    licenses: [{ license: { id: item.licence } }],
    purl: purlOf(item),
  };
}

function purlOf({ name, version }) {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** The lockfile's `sha512-<base64>` as the bill writes it. */
function hashOf(integrity) {
  const digest = Buffer.from(integrity.replace("sha512-", ""), "base64");
  return { alg: "SHA-512", content: digest.toString("hex") };
}

/** A UUID of version 8, whose bits are free to choose: the beginning of a hash. */
function uuidOf(seed) {
  const hex = createHash("sha256").update(seed).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
