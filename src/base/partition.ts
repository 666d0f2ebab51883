/** The items that pass the test and those that do not, both in the order of the items. */
export function partition<T>(
  items: readonly T[],
  test: (item: T) => boolean,
): readonly [passed: readonly T[], others: readonly T[]] {
  const passed: T[] = [];
  const others: T[] = [];
  for (const item of items) (test(item) ? passed : others).push(item);
  return [passed, others];
}
