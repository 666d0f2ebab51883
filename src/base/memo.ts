/** The value of a key in a map; where there is none yet, it is made and kept. */
export function remember<K, V extends NonNullable<unknown> | null>(values: Map<K, V>, key: K, make: () => V): V {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}
