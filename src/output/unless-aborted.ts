/** A reader that takes nothing must not hold up a kill. Resolves to whether it has taken all before that. */
export function unlessAborted(
  writing: Promise<void>,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(false);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    writing
      .finally(() => signal.removeEventListener("abort", stop))
      .then(() => resolve(true), reject);
  });
}
