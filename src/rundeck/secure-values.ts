/** From this length on a value is hardly in a command by chance. */
const longEnough = 6;
/** Shorter than this it is in most commands. */
const tooShort = 3;

/** Whether a value is so short that others have it by chance. */
export function isTooShort(value: string): boolean {
  return value.length < tooShort;
}

/**
 * Whether a command holds a secure option's value: a long one anywhere, a short one as a word of its own. Rundeck puts quotes and escapes
 * around and into values, of a kind that depends on server and node, so these are taken away on both sides first.
 */
export function holdsSecureValue(command: string, value: string): boolean {
  const [where, what] = [withoutQuoting(command), withoutQuoting(value)];
  if (what.length < tooShort) return false;
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + 1))
    if (what.length >= longEnough || isWord(where, at, what.length))
      return true;
  return false;
}

/** Blanks at a value's ends don't survive Rundeck's own splitting of a command. */
function withoutQuoting(text: string): string {
  return text
    .replaceAll(/['"\\^]/g, "")
    .replaceAll("%%", "%")
    .trim();
}

function isWord(text: string, at: number, length: number): boolean {
  const around = text.slice(Math.max(0, at - 1), at + length + 1);
  const isStartFree = at === 0 || !/^[\p{L}\p{N}_]/u.test(around);
  const isEndFree =
    at + length === text.length || !/[\p{L}\p{N}_]$/u.test(around);
  return isStartFree && isEndFree;
}
