/** True where two ranges in CIDR form have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseRange(one), parseRange(other)];
  if (a === undefined || b === undefined || a.bits !== b.bits) return false;
  const length = Math.min(a.length, b.length);
  const shift = BigInt(a.bits - length);
  return a.address >> shift === b.address >> shift;
}

interface Range {
  readonly address: bigint;
  readonly length: number;
  readonly bits: 32 | 128;
}

function parseRange(text: string): Range | undefined {
  const [address = '', suffix = ''] = text.split('/');
  const length = Number(suffix);
  const bits = address.includes(':') ? 128 : 32;
  const value = bits === 32 ? parseV4(address) : parseV6(address);
  if (value === undefined || suffix === '' || !Number.isInteger(length) || length < 0 || length > bits)
    return undefined;
  return { address: value, length, bits };
}

function parseV4(address: string): bigint | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

/** RFC 4291 section 2.2, without the form that ends in an IPv4 address: no pod range is written so. */
function parseV6(address: string): bigint | undefined {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const missing = 8 - first.length - last.length;
  if (missing < 0 || (tail === undefined && missing !== 0)) return undefined;
  const all = [...first, ...Array.from({ length: missing }, () => '0'), ...last];
  if (all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
