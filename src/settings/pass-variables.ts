/** Splits the text of `ssm-pass-variables` into names and globs. */
export function parsePatterns(text: string): string[] {
  return text.split(/[\s,;]+/).filter((pattern) => pattern !== "");
}

/** The variables that match a name or a glob (`*` any text, `?` one character). */
export function selectVariables(
  variables: ReadonlyMap<string, string>,
  patterns: readonly string[],
): Map<string, string> {
  const expressions = patterns.map(toExpression);
  return new Map(
    [...variables].filter(([name]) =>
      expressions.some((expression) => expression.test(name)),
    ),
  );
}

function toExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/\*+/g, "*")
    .replace(/[^\w*?]/g, "\\$&")
    .replaceAll("*", "\\w*")
    .replaceAll("?", "\\w");
  return new RegExp(`^${source}$`);
}
