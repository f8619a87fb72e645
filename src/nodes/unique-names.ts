import type { SourceNode } from "./source-node.ts";

/**
 * Nodes by name, in the order of their names. Of several with one name each gets its instance id behind it, since Rundeck would keep one
 * of them, and a job for that name would run on whichever it is.
 */
export function nameUniquely(
  nodes: readonly SourceNode[],
): Map<string, SourceNode> {
  const counts = new Map<string, number>();
  for (const { name } of nodes) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size < nodes.length)
    return nameUniquely(
      nodes.map((node) =>
        counts.get(node.name) === 1
          ? node
          : { ...node, name: `${node.name}-${node.instanceId}` },
      ),
    );
  return new Map(
    nodes
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((node) => [node.name, node]),
  );
}
