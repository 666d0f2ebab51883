import { expect, test } from 'vitest';
import { hostKind, parseGatewayAddress } from './gateway-address.ts';

test.each([
  ['203.0.113.7', { host: '203.0.113.7', port: 15443 }, 'IPv4'],
  ['203.0.113.7:31443', { host: '203.0.113.7', port: 31443 }, 'IPv4'],
  ['[2001:db8::7]', { host: '2001:db8::7', port: 15443 }, 'IPv6'],
  ['[2001:db8::7]:31443', { host: '2001:db8::7', port: 31443 }, 'IPv6'],
  ['gateway.example.com:443', { host: 'gateway.example.com', port: 443 }, 'Name'],
] as const)('%s', (text, address, kind) => {
  expect(parseGatewayAddress(text)).toEqual(address);
  expect(hostKind(address.host)).toBe(kind);
});
