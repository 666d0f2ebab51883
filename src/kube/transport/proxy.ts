import { BlockList, isIP } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a server by the environment's HTTPS_PROXY, HTTP_PROXY and NO_PROXY, read as Go programs such as
 * kubectl read them (golang.org/x/net/http/httpproxy): loopback is never proxied.
 */
export function proxyFromEnvironment(server: string, env: Environment): string | undefined {
  const { hostname, protocol, port } = new URL(server);
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[name] ?? env[name.toLowerCase()] ?? '';
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (proxy === '' || isLoopback(host)) return undefined;
  const rules = (env.NO_PROXY ?? env.no_proxy ?? '').split(',').map((rule) => rule.trim().toLowerCase());
  const effectivePort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  if (rules.some((rule) => rule !== '' && exempts(rule, host, effectivePort))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/** True for an address of this machine; an IPv6 address without its brackets. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** True for the URL of a server that is another one on every machine. */
export function isLoopbackServer(server: string): boolean {
  const host = new URL(server).hostname.replace(/^\[|\]$/g, '');
  return host === '0.0.0.0' || isLoopback(host);
}

function exempts(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true;
  if (rule.includes('/')) return inSubnet(rule, host);
  const withPort = /^(.*[^:]):([0-9]+)$/.exec(rule);
  if (withPort !== null && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? rule).replace(/^\*?\./, '');
  const exactOnly = isIP(name) !== 0;
  return host === name || (!exactOnly && host.endsWith(`.${name}`));
}

function inSubnet(rule: string, host: string): boolean {
  const [network = '', prefix = ''] = rule.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^[0-9]{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), type);
  return list.check(host, type);
}
