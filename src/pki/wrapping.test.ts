import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parsePem } from './pem.ts';
import { createWrappingKey, isWrapped, parseWrappingKey, unwrap, wrap } from './wrapping.ts';

const { crypto } = globalThis;
const text = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';

describe('a wrapped text', () => {
  test('is what it was with its key, and nothing with another or after a change', async () => {
    const key = createWrappingKey(crypto);
    const wrapped = await wrap(crypto, key, text);
    expect(await unwrap(crypto, key, wrapped)).toBe(text);
    expect(await unwrap(crypto, createWrappingKey(crypto), wrapped)).toBeUndefined();
    const [block] = parsePem(wrapped) ?? [];
    for (const at of [0, 1, 13, (block?.der.length ?? 0) - 1]) {
      const der = Buffer.from(block?.der ?? []);
      der.writeUInt8((der[at] ?? 0) ^ 1, at);
      const type = 'ISTHMUS ENCRYPTED PRIVATE KEY';
      const changed = `-----BEGIN ${type}-----\n${der.toString('base64')}\n-----END ${type}-----\n`;
      expect(await unwrap(crypto, key, changed)).toBeUndefined();
    }
    expect(await unwrap(crypto, key, text)).toBeUndefined();
  });

  test('is the same each time, and another for another key or another text', async () => {
    const key = createWrappingKey(crypto);
    const stored = parseWrappingKey(key.toPem());
    if (stored === undefined) throw new Error('the key was not read');
    const wrapped = await wrap(crypto, key, text);
    expect(await wrap(crypto, stored, text)).toBe(wrapped);
    expect(await wrap(crypto, createWrappingKey(crypto), text)).not.toBe(wrapped);
    expect(await wrap(crypto, key, `${text}x`)).not.toBe(wrapped);
  });

  test('says what it is, and holds nothing of the text in clear', async () => {
    const wrapped = await wrap(crypto, createWrappingKey(crypto), text);
    expect(wrapped).toMatch(/^-----BEGIN ISTHMUS ENCRYPTED PRIVATE KEY-----\n/);
    expect([isWrapped(wrapped), isWrapped(text)]).toEqual([true, false]);
    expect(Buffer.from(parsePem(wrapped)?.[0]?.der ?? []).includes('c2VjcmV0')).toBe(false);
  });
});

describe('a wrapping key', () => {
  test.each([
    ['nothing', ''],
    ['another PEM block', text],
    ['too few bytes', '-----BEGIN ISTHMUS WRAPPING KEY-----\nAAAA\n-----END ISTHMUS WRAPPING KEY-----\n'],
    ['two of them', createWrappingKey(crypto).toPem().repeat(2)],
  ])('is not read from %s', (_, pem) => {
    expect(parseWrappingKey(pem)).toBeUndefined();
  });

  test('shows itself nowhere', () => {
    const key = createWrappingKey(crypto);
    const all = `${key} ${JSON.stringify({ key })} ${inspect(key, { depth: 9, showHidden: true })} ${JSON.stringify({ ...key })}`;
    expect(all).not.toContain(key.toPem().split('\n')[1]);
  });
});
