/** Splits the text of `ssm-pass-variables` into names and globs. */
export function parsePatterns(text: string): string[] {
  return text.split(/[\s,;]+/).filter((pattern) => pattern !== "");
}

/** The variables that match a name or a glob (`*` any text, `?` one character). */
export function selectVariables(
  variables: ReadonlyMap<string, string>,
  patterns: readonly string[],
): Map<string, string> {
  return new Map(
    [...variables].filter(([name]) =>
      patterns.some((pattern) => matches(name, pattern)),
    ),
  );
}

/** Goes back to the last star only, so no pattern takes long; a regular expression with many stars does. */
function matches(name: string, pattern: string): boolean {
  let at = 0;
  let star: { next: number; covered: number } | undefined;
  let next = 0;
  while (at < name.length) {
    const wanted = pattern[next];
    if (wanted === "*") {
      next += 1;
      star = { next, covered: at };
    } else if (wanted === "?" || wanted === name[at]) {
      next += 1;
      at += 1;
    } else if (star) {
      star.covered += 1;
      at = star.covered;
      next = star.next;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(next));
}
