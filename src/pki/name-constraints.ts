import type { Certificate } from './certificate.ts';
import { nameOf } from './check.ts';

/** A kind of name that a CA may be limited to (RFC 5280, 4.2.1.10), by its tag in a GeneralName. */
const kinds: ReadonlyMap<number, 'Dns' | 'Uri' | 'Unused'> = new Map([
  // No certificate of a mesh has names of these kinds.
  [0x81, 'Unused'],
  [0x87, 'Unused'],
  [0x82, 'Dns'],
  [0x86, 'Uri'],
]);

interface Subtree {
  readonly kind: 'Dns' | 'Uri' | 'Unused' | 'Other';
  readonly base: string;
}

interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

/** What proxies ask istiod's certificate for. */
const istiodName = 'istiod.istio-system.svc';

/** Why no workload of the trust domain, or no istiod, could have a certificate below this one. */
export function checkNameConstraints(certificate: Certificate, trustDomain: string): string | undefined {
  const extension = certificate.x509.getExtension('2.5.29.30');
  if (extension === null) return undefined;
  const constraints = parseNameConstraints(new Uint8Array(extension.value));
  if (constraints === undefined) return `the name constraints of ${nameOf(certificate)} cannot be read`;
  const all = [...constraints.permitted, ...constraints.excluded];
  if (all.some(({ kind }) => kind === 'Other')) {
    return `the name constraints of ${nameOf(certificate)} are of a kind that istiod cannot check: only URI, DNS, IP and email names may be limited`;
  }
  const wanted = [
    ['Uri', trustDomain, `spiffe://${trustDomain}`],
    ['Dns', istiodName, istiodName],
  ] as const;
  const barred = wanted.find(([kind, name]) => !allows(constraints, kind, name));
  return barred === undefined ? undefined : `the name constraints of ${nameOf(certificate)} exclude ${barred[2]}`;
}

function allows({ permitted, excluded }: NameConstraints, kind: 'Dns' | 'Uri', name: string): boolean {
  const of = (subtrees: readonly Subtree[]): readonly string[] =>
    subtrees.flatMap((subtree) => (subtree.kind === kind ? [subtree.base.toLowerCase()] : []));
  const limits = of(permitted);
  if (of(excluded).some((base) => isBelow(name, base))) return false;
  return limits.length === 0 || limits.some((base) => (kind === 'Dns' ? isBelow(name, base) : isHost(name, base)));
}

/** As Go reads a base, and for DNS names everybody: the name itself and all below it. */
function isBelow(name: string, base: string): boolean {
  const bare = base.replace(/^\./, '');
  return bare === '' || name === bare || name.endsWith(`.${bare}`);
}

/** As Envoy reads the base of a URI: one host, or with a dot before it all below it. */
function isHost(name: string, base: string): boolean {
  return base === '' || name === base || (base.startsWith('.') && name.endsWith(base));
}

interface Value {
  readonly tag: number;
  readonly content: Uint8Array;
}

function parseNameConstraints(der: Uint8Array): NameConstraints | undefined {
  const [sequence, ...rest] = valuesIn(der) ?? [];
  if (sequence?.tag !== 0x30 || rest.length > 0) return undefined;
  const parts = valuesIn(sequence.content);
  if (parts === undefined || parts.some(({ tag }) => tag !== 0xa0 && tag !== 0xa1)) return undefined;
  const [permitted, excluded] = [0xa0, 0xa1].map((tag) => subtreesIn(parts.find((part) => part.tag === tag)));
  return permitted === undefined || excluded === undefined ? undefined : { permitted, excluded };
}

function subtreesIn(part: Value | undefined): readonly Subtree[] | undefined {
  if (part === undefined) return [];
  const subtrees = valuesIn(part.content)?.map(({ content }) => subtreeOf(valuesIn(content)?.[0]));
  return subtrees?.every((subtree) => subtree !== undefined) === true ? subtrees : undefined;
}

function subtreeOf(base: Value | undefined): Subtree | undefined {
  if (base === undefined) return undefined;
  return { kind: kinds.get(base.tag) ?? 'Other', base: String.fromCharCode(...base.content.subarray(0, 1024)) };
}

/** The values of DER one after the other; undefined where it is not well formed. */
function valuesIn(der: Uint8Array): readonly Value[] | undefined {
  const values: Value[] = [];
  for (let at = 0; at < der.length; ) {
    const [tag = 0, first = 0] = der.subarray(at, at + 2);
    const extra = first < 0x80 ? 0 : first - 0x80;
    if (at + 2 + extra > der.length || extra > 3) return undefined;
    const length =
      extra === 0 ? first : der.subarray(at + 2, at + 2 + extra).reduce((sum, byte) => sum * 256 + byte, 0);
    const start = at + 2 + extra;
    if (start + length > der.length) return undefined;
    values.push({ tag, content: der.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}
