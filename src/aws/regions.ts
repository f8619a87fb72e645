import { partition } from "@aws-sdk/core/client";

/** What is to be said of a region that the SDK does not know; undefined where it does. A newer one than the SDK is no mistake. */
export function suggestRegion(region: string): string | undefined {
  if (isKnown(region)) return undefined;
  const meant = listNear(region).find(isKnown);
  return `no region that I know${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** The same where a letter tells a slip of the keyboard from a region that is new. */
export function findMistypedRegion(region: string): string | undefined {
  // every run comes by, and all slips of a word are hundreds
  if (isKnown(region)) return undefined;
  const isSlip = listNear(region).some(
    (near) => letters(near) !== letters(region) && isKnown(near),
  );
  return isSlip ? suggestRegion(region) : undefined;
}

function letters(region: string): string {
  return region.replace(/\d+$/, "");
}

/** Of a region that its list has, the SDK can tell a place; of others only the partition. */
function isKnown(region: string): boolean {
  return "description" in partition(region) && /-\d+$/.test(region);
}

const alphabet = "abcdefghijklmnopqrstuvwxyz-123456789";

/** Every word that one slip away: two letters exchanged, one left out, one too many, one wrong. */
function listNear(word: string): string[] {
  const near: string[] = [];
  for (let at = 0; at <= word.length; at += 1) {
    const [head, tail] = [word.slice(0, at), word.slice(at)];
    const [first = "", second = ""] = tail;
    if (second !== "") near.push(head + second + first + tail.slice(2));
    near.push(head + tail.slice(1));
    for (const letter of alphabet)
      near.push(head + letter + tail, head + letter + tail.slice(1));
  }
  return near;
}
