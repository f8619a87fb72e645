/** As Promise.all, but when it fails nothing goes on behind its back any more. */
export async function allEnded<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(works);
  return ended.map((it) => {
    if (it.status === "rejected") throw it.reason;
    return it.value;
  });
}
