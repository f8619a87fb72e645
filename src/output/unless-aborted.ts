/** A reader that takes nothing must not hold up a kill. */
export function unlessAborted(
  writing: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    writing
      .finally(() => signal.removeEventListener("abort", stop))
      .then(stop, reject);
  });
}
