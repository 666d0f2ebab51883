import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cidrContains, ipFamily, parseCidr, parseIp } from './ip.ts';

describe('an IP address', () => {
  test.each([
    ['10.0.0.1', 4],
    ['010.0.0.1', undefined],
    ['256.0.0.1', undefined],
    ['10.0.0', undefined],
    ['::', 6],
    ['::1', 6],
    ['fd00::1:2', 6],
    ['1:2:3:4:5:6:7:8', 6],
    ['1:2:3:4:5:6:7', undefined],
    ['1:2:3:4:5:6:7::8', undefined],
    ['1::2::3', undefined],
    ['::ffff:10.0.0.1', 6],
    ['::10.0.0.1:1', undefined],
    ['fe80::1%eth0', 6],
    ['fe80::1%', undefined],
    ['fffff::', undefined],
    ['', undefined],
    ['example.com', undefined],
  ])('%s has the family %s', (text, family) => {
    expect(ipFamily(text)).toBe(family);
  });

  test('is a number, and IPv4 inside IPv6 is IPv4', () => {
    expect(parseIp('10.0.0.1')).toEqual({ bits: 32, value: 0x0a000001n });
    expect(parseIp('::ffff:10.0.0.1')).toEqual(parseIp('10.0.0.1'));
    expect(parseIp('fd00::1')).toEqual({ bits: 128, value: 0xfd000000000000000000000000000001n });
    expect(parseIp('fe80::1%eth0')).toBeUndefined();
  });

  test('of any kind that a generator makes is one', () => {
    fc.assert(fc.property(fc.ipV4(), (text) => ipFamily(text) === 4));
    fc.assert(fc.property(fc.ipV6(), (text) => ipFamily(text) === 6));
  });
});

describe('a range', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.1/8', '10.9.9.9', true],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['10.0.0.1/32', '10.0.0.1', true],
    ['10.0.0.1/32', '10.0.0.2', false],
    ['fd00::/8', 'fd12::1', true],
    ['::/0', '10.0.0.1', false],
    ['0.0.0.0/0', 'fd00::1', false],
  ])('%s holds %s: %s', (range, address, holds) => {
    const cidr = parseCidr(range);
    const ip = parseIp(address);
    expect(cidr !== undefined && ip !== undefined && cidrContains(cidr, ip)).toBe(holds);
  });

  test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', 'fd00::/129', '/8', 'a/8'])(
    '%s is none',
    (text) => {
      expect(parseCidr(text)).toBeUndefined();
    },
  );
});
