/** `*`, `*.com` and every other name that begins with an asterisk (pkg/config/host). */
export function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

/** True where every name that `host` stands for is covered by `other` (pkg/config/host, SubsetOf). */
export function isCoveredBy(host: string, other: string): boolean {
  if (!isWildcard(other)) return host === other;
  if (!isWildcard(host)) return host.endsWith(other.slice(1));
  return host.length >= other.length && host.slice(1).endsWith(other.slice(1));
}

/** True where one of the two covers the other (pkg/config/host, Matches). */
export function overlaps(host: string, other: string): boolean {
  return isCoveredBy(host, other) || isCoveredBy(other, host);
}

/** Values by host: exact names apart from patterns, as istiod keeps them. */
export interface HostTable<V> {
  readonly exact: ReadonlyMap<string, V>;
  readonly wildcard: ReadonlyMap<string, V>;
}

/** The value of the host itself, else that of the longest pattern that covers it (MostSpecificHostMatch). */
export function mostSpecific<V>(host: string, table: HostTable<V>): V | undefined {
  const exact = isWildcard(host) ? table.wildcard.get(host) : table.exact.get(host);
  if (exact !== undefined) return exact;
  const needle = isWildcard(host) ? host.slice(1) : host;
  let best = '';
  for (const pattern of table.wildcard.keys()) {
    if (pattern.length > best.length && needle.endsWith(pattern.slice(1))) best = pattern;
  }
  return best === '' ? undefined : table.wildcard.get(best);
}

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** The full name of a host that an object in `namespace` names (ResolveShortnameToFQDN): only names without a dot are short. */
export function fullHostName(host: string, namespace: string, domain: string): string {
  if (host === '' || host === '*' || host.includes('.') || host.includes(':') || ipv4.test(host)) return host;
  return `${host}.${namespace}.svc.${domain}`;
}
