import { BridgeError } from "../kernel/errors.ts";
import type { CopierSettings } from "../settings/settings.ts";
import { composeJoin, composeStore } from "./script.ts";
import type { Destination } from "./request.ts";

/**
 * What one send's parameters may measure as JSON. Nobody says what a send really takes; a document may have 65,536 bytes,
 * its own text included. Source: AWS service quotas, Systems Manager documents; our distance from it is a quarter.
 */
export const maxParametersBytes = 48_000;

/** Each send takes about a second: beyond these a bucket is asked for. */
const usualSends = 10;
/** With `ssm-copier-inline-limit` the user has decided, within reason. */
const wantedSends = 100;

/** Text shrinks to a fifth, hardly anything to a fiftieth: what is larger is not packed just to see that it does not fit. */
const plausibleRatio = 50;
/** A file that is packed is in memory. */
const mostPackedBytes = 32 * 1024 * 1024;

export type TransferSettings = Pick<
  CopierSettings,
  "bucket" | "inlineLimitBytes" | "sources"
>;

export type TransferPlan =
  /** In the parameters of commands, one after the other; the last one completes the file. */
  | { kind: "inline"; texts: readonly string[] }
  /** Through this bucket. */
  | { kind: "bucket"; bucket: string };

/** A file's content as it goes into commands. */
export type Packed = {
  bytes: Buffer;
  sha256: string;
  packing: "gzip" | "none";
};

/** Whether a file of this size may go inside commands at all, so that it is worth packing. */
export function mayGoInline(
  settings: TransferSettings,
  fileBytes: number,
): boolean {
  const { inlineLimitBytes } = settings;
  return (
    fileBytes <= (inlineLimitBytes ?? Number.POSITIVE_INFINITY) &&
    inlineLimitBytes !== 0 &&
    fileBytes <= mostPackedBytes &&
    fileBytes <= sendsFor(settings) * maxParametersBytes * plausibleRatio
  );
}

/**
 * Decides how a file goes: inside commands if it fits (one of them where there is a bucket, several where there is none or
 * the user has set a limit), else through the bucket. `packed` is absent where `mayGoInline` says no.
 * Throws `setting-missing` for a file that is too large to go without a bucket.
 */
export function planTransfer(
  settings: TransferSettings,
  to: Destination,
  file: SizedFile,
): TransferPlan {
  const { packed } = file;
  const inline = packed && planInline(to, packed, sendsFor(settings));
  if (inline) return inline;
  if (settings.bucket !== undefined)
    return { kind: "bucket", bucket: settings.bucket };
  throw new BridgeError("setting-missing", explainSize(settings, file));
}

type SizedFile = {
  bytes: number;
  packed?: Packed;
  /** The node has nothing that would unpack it. */
  mustBePlain?: boolean;
  target: string;
};

type InlinePlan = Extract<TransferPlan, { kind: "inline" }>;

/** For a node that can't reach the bucket: inside commands after all, if they are not too many. */
export function planDetour(
  to: Destination,
  packed: Packed,
): InlinePlan | undefined {
  return planInline(to, packed, usualSends);
}

function planInline(
  to: Destination,
  packed: Packed,
  mostSends: number,
): InlinePlan | undefined {
  const rooms = roomsOf(to, packed);
  const rest = Math.max(0, packed.bytes.length - rooms.last);
  const sends = 1 + Math.ceil(rest / rooms.piece);
  return rooms.last > 0 && sends <= mostSends
    ? { kind: "inline", texts: composeTexts(to, packed, rooms.piece, sends) }
    : undefined;
}

function sendsFor({ bucket, inlineLimitBytes }: TransferSettings): number {
  if (inlineLimitBytes !== undefined) return wantedSends;
  return bucket === undefined ? usualSends : 1;
}

/** How many bytes of content commands take beside their scripts, the last one's being the longer; whole numbers of base64's threes. */
function roomsOf(
  to: Destination,
  packed: Packed,
): { piece: number; last: number } {
  const empty = { number: wantedSends, of: wantedSends, base64: "" };
  const last = roomBeside(composeJoin(to, empty, packed));
  const piece = roomBeside(composeStore(to, empty));
  return { last, piece };
}

function roomBeside(script: string): number {
  return Math.floor((maxParametersBytes - parametersBytes(script)) / 4) * 3;
}

/** The parameters of a send as they are counted: the lines of `commands`, quoted. */
function parametersBytes(text: string): number {
  return Buffer.byteLength(
    JSON.stringify({
      commands: text.split("\n"),
      executionTimeout: ["172800"],
    }),
  );
}

function composeTexts(
  to: Destination,
  packed: Packed,
  room: number,
  sends: number,
): string[] {
  return Array.from({ length: sends }, (_, index) => {
    const bytes = packed.bytes.subarray(index * room, (index + 1) * room);
    const number = index + 1;
    const piece = { number, of: sends, base64: bytes.toString("base64") };
    return number < sends
      ? composeStore(to, piece)
      : composeJoin(to, piece, packed);
  });
}

function explainSize(
  { inlineLimitBytes, sources }: TransferSettings,
  { bytes, packed, mustBePlain = false, target }: SizedFile,
): string {
  const size = `the file has ${bytes} bytes`;
  const form =
    packed?.packing === "gzip" ? ` (${packed.bytes.length} compressed)` : "";
  const plain = mustBePlain
    ? " uncompressed (the node has no gzip, python3 or perl to unpack it)"
    : "";
  const limit =
    inlineLimitBytes !== undefined && bytes > inlineLimitBytes
      ? `, more than ssm-copier-inline-limit (${inlineLimitBytes}, ${sources.get("ssm-copier-inline-limit") ?? "set"})`
      : packed
        ? `${form}, more than ${sendsFor({ sources, ...(inlineLimitBytes === undefined ? {} : { inlineLimitBytes }) })} commands take${plain}`
        : ", more than commands take";
  return `${target}: ${size}${limit}, and no bucket is set that it could pass through: set ssm-copier-bucket as a node attribute, in the project (project.plugin.FileCopier.aws-ssm-copier.ssm-copier-bucket or project.ssm-copier-bucket) or in the framework (framework.plugin.FileCopier.aws-ssm-copier.ssm-copier-bucket or framework.ssm-copier-bucket)`;
}
