import { createHash } from 'node:crypto';

/** Everything that the built programs depend on, as name -> text. */
export type BuildInputs = Readonly<Record<string, string>>;

/**
 * The folder name under which a build is kept: equal inputs give an equal key in every clone,
 * whatever order they are listed in.
 */
export function cacheKey(inputs: BuildInputs): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(inputs).sort()) {
    const text = inputs[name] ?? '';
    // Lengths keep two neighbouring texts from being read as one.
    hash.update(`${name.length}:${name}${text.length}:${text}`);
  }
  return hash.digest('hex').slice(0, 16);
}
