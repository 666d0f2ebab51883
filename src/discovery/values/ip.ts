/** An IP address as a number; `bits` is 32 or 128. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface Cidr extends IpAddress {
  /** The length of the prefix in bits. */
  readonly length: number;
}

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const v4Pattern = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`);
const groupPattern = /^[0-9a-fA-F]{1,4}$/;

/** 4 or 6 for an address as Go's netip.ParseAddr takes it (zones allowed), else undefined. */
export function ipFamily(text: string): 4 | 6 | undefined {
  if (v4Pattern.test(text)) return 4;
  if (!text.includes(':')) return undefined;
  const zone = text.indexOf('%');
  if (zone === text.length - 1) return undefined;
  return v6Value(zone < 0 ? text : text.slice(0, zone)) === undefined ? undefined : 6;
}

/** The address without a zone; IPv4 inside IPv6 (`::ffff:1.2.3.4`) is IPv4, as in Go's net package. */
export function parseIp(text: string): IpAddress | undefined {
  const v4 = v4Value(text);
  if (v4 !== undefined) return { bits: 32, value: v4 };
  const v6 = v6Value(text);
  if (v6 === undefined) return undefined;
  if (v6 >> 32n === 0xffffn) return { bits: 32, value: v6 & 0xffffffffn };
  return { bits: 128, value: v6 };
}

export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const lengthText = text.slice(slash + 1);
  if (slash < 0 || !/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined;
  const address = parseIp(text.slice(0, slash));
  const length = Number(lengthText);
  if (address === undefined || length > address.bits) return undefined;
  return { ...address, length };
}

export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  const rest = BigInt(cidr.bits - cidr.length);
  return cidr.bits === address.bits && cidr.value >> rest === address.value >> rest;
}

function v4Value(text: string): bigint | undefined {
  const match = v4Pattern.exec(text);
  if (match === null) return undefined;
  return match.slice(1).reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function v6Value(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '');
  const tail = groupsOf(halves[1] ?? '');
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array<bigint>(missing).fill(0n), ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`; the last may be written as IPv4. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 ? v4Value(part) : undefined;
    if (v4 !== undefined) groups.push(v4 >> 16n, v4 & 0xffffn);
    else if (groupPattern.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

/** `ip:port`, IPv6 in brackets; port 0 marks a Unix domain socket, `pipe:` and its path. */
export function socketAddress(address: string, port: number): string {
  if (port === 0) return `pipe:${address.startsWith('unix://') ? address.slice('unix://'.length) : address}`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
