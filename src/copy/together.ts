/** Waits for all, also when one has failed: nothing goes on behind the caller's back. Throws the first failure. */
export async function allOrFirstFailure(
  works: readonly PromiseLike<unknown>[],
): Promise<void> {
  let failure: { error: unknown } | undefined;
  await Promise.all(
    works.map((work) =>
      work.then(undefined, (error: unknown) => {
        failure ??= { error };
      }),
    ),
  );
  if (failure) throw failure.error;
}
