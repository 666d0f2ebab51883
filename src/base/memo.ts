/** A map that keeps what was made for a key; a WeakMap is one too. */
interface Memo<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

/** The value of a key, made and kept where the map has none. */
export function remember<K, V extends NonNullable<unknown>>(memo: Memo<K, V>, key: K, make: () => NoInfer<V>): V {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  memo.set(key, made);
  return made;
}

/**
 * The same function, which computes its result once for each object and keeps it as long as the object lives. Only for
 * results that follow from the object alone, and objects that never change (docs/adr/0008-what-the-model-remembers.md).
 */
export function oncePer<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const made = new WeakMap<K, { readonly value: T }>();
  return (key) => remember(made, key, () => ({ value: make(key) })).value;
}

/** How much is kept of what was computed for texts. */
export interface TextLimits {
  readonly texts: number;
  /** A longer text is computed each time. */
  readonly characters: number;
}

/**
 * The same function, which keeps its results for the texts that were asked for last. Only for results that follow from the
 * text alone and never change, and texts that hold no secret.
 */
export function oncePerText<T>(limits: TextLimits, make: (text: string) => T): (text: string) => T {
  const made = new Map<string, { readonly value: T }>();
  return (text) => {
    if (text.length > limits.characters) return make(text);
    const kept = made.get(text) ?? { value: make(text) };
    // The last one of the map is the one that was asked for last.
    made.delete(text);
    made.set(text, kept);
    const [oldest] = made.keys();
    if (made.size > limits.texts && oldest !== undefined) made.delete(oldest);
    return kept.value;
  };
}
