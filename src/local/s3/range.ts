import { S3Fault } from "./fault.ts";

/** Both ends are within it. */
export type ByteRange = { first: number; last: number };

/** One range of a `Range` header; what S3 does not understand it ignores, and then sends everything. */
export function parseRange(
  text: string | undefined,
  size: number,
): ByteRange | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(text ?? "") ?? [];
  if (text === undefined || (from === "" && to === "")) return undefined;
  const first = from === "" ? Math.max(size - Number(to), 0) : Number(from);
  const last =
    from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < first) return undefined;
  if (first >= size || (from === "" && to === "0"))
    throw new S3Fault(
      "InvalidRange",
      416,
      "The requested range is not satisfiable",
      {
        details: { RangeRequested: text, ActualObjectSize: String(size) },
        headers: { "content-range": `bytes */${size}` },
      },
    );
  return { first, last };
}
