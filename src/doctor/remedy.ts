/** Begins what is to be done, in the lines of the product. */
const verbs =
  "it must be|add|allow|ask|check|correct|give|look|lower|name|only|put|raise|remove|renew|run|set|sign|take|use|whoever|write";
const remedy = new RegExp(`^(.+?)(?:; |[:;] (?=(?:${verbs})\\b))(.+)$`, "s");

/** The product's one line taken apart: what is wrong, without the node that it names first, and what to change. */
export function splitRemedy(message: string): { says: string; remedy: string } {
  const line = message.replace(/^node \S+ \([^)]*\): /, "");
  const [, says = line, then = "docs/errors.md has this line"] =
    remedy.exec(line) ?? [];
  return { says, remedy: then };
}
