import { select, selectMerged } from "./select.ts";
import type { Selectable } from "./select.ts";

/** `nodename.selector` → `tags/Name,instanceId`, `username.default` → `ec2-user`. */
export type Mapping = ReadonlyMap<string, string>;

export type Mapped = {
  attributes: Map<string, string>;
  /** Rundeck's: single words. */
  tags: Set<string>;
};

/**
 * What a mapping makes of a node: attributes by `NAME.selector` and `NAME.default`, tags by `tags.selector`, `tags.default` and
 * `tag.NAME.selector`, and every tag of AWS's an attribute by `attributes.selector=tags/*`, unless it is `given`. Source: rundeck-ec2-nodes-plugin,
 * InstanceToNodeMapper.instanceToNode.
 */
export function mapNode(
  node: Selectable,
  mapping: Mapping,
  given: ReadonlyMap<string, string> = new Map(),
): Mapped {
  const mapsTags = mapping.get("attributes.selector") === "tags/*";
  const attributes = new Map([
    ...(mapsTags ? Object.entries(node.tags) : []),
    ...given,
  ]);
  for (const name of attributeNames(mapping)) {
    const value =
      select(mapping.get(`${name}.selector`) ?? "", node) ??
      mapping.get(`${name}.default`);
    if (value !== undefined) attributes.set(name, value);
  }
  return { attributes, tags: mapTags(node, mapping) };
}

function attributeNames(mapping: Mapping): Set<string> {
  const names = [...mapping.keys()].flatMap(
    (key) => /^([^.]+)\.(?:selector|default)$/.exec(key)?.[1] ?? [],
  );
  return new Set(names.filter((it) => it !== "tags" && it !== "attributes"));
}

function mapTags(node: Selectable, mapping: Mapping): Set<string> {
  const selected = selectMerged(mapping.get("tags.selector") ?? "", node);
  const listed =
    selected.length > 0 ? selected : [mapping.get("tags.default") ?? ""];
  const tags = new Set(
    listed
      .flatMap((text) => text.split(","))
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ""),
  );
  for (const [key, text] of mapping) {
    const tag = /^tag\.(.+)\.selector$/.exec(key)?.[1];
    if (tag === undefined) continue;
    const [selector = "", wanted] = text.split("=");
    const value = select(selector, node);
    if (value !== undefined && (wanted === undefined || value === wanted))
      tags.add(tag);
  }
  return tags;
}
