/** The middle value; of an even number, the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const pair = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  const [low = Number.NaN, high = Number.NaN] = pair;
  return (low + high) / 2;
}

/** Columns of equal width: the first to the left, the others to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** "met" or "MISSED", with what was asked and what came out. */
export function judge(
  what: string,
  value: number,
  limit: number,
  unit = "",
): string {
  const verdict = value <= limit ? "met" : "MISSED";
  return `${verdict}: ${what} ${round(value)}${unit}, target at most ${round(limit)}${unit}`;
}

function round(value: number): string {
  const digits = Number.isInteger(value) || value >= 10 ? 0 : 3;
  return value.toFixed(digits);
}
