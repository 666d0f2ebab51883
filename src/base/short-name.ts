/** Kubernetes' limit for labels, and for every name that becomes part of a host name. */
const limit = 63;
const digestLength = 10;

/**
 * The name as it is where Kubernetes takes it, else its beginning with a digest of the whole, so that two long names stay
 * two. Throws nothing.
 */
export function shortName(name: string): string {
  if (name.length <= limit) return name;
  const kept = name.slice(0, limit - digestLength - 1).replace(/[^A-Za-z0-9]+$/, '');
  return `${kept}-${digestOf(name)}`;
}

/** FNV-1a of 64 bits, of which 40 are kept: enough for the clusters of a mesh, and no secret depends on it. */
function digestOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return BigInt.asUintN(4 * digestLength, hash ^ (hash >> 40n))
    .toString(16)
    .padStart(digestLength, '0');
}
