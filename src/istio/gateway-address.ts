import { eastWestPort } from './names.ts';

/** Where a gateway is reached. */
export interface GatewayAddress {
  /** An IP address without brackets, or a host name. */
  readonly host: string;
  readonly port: number;
}

/** Reads `203.0.113.7`, `203.0.113.7:31443`, `[2001:db8::7]:15443` or `gateway.example.com`. */
export function parseGatewayAddress(text: string): GatewayAddress {
  const match = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text);
  return { host: match?.[1] ?? match?.[2] ?? text, port: Number(match?.[3] ?? eastWestPort) };
}

export type HostKind = 'IPv4' | 'IPv6' | 'Name';

export function hostKind(host: string): HostKind {
  if (host.includes(':')) return 'IPv6';
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) ? 'IPv4' : 'Name';
}
