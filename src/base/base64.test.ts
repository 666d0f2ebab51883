import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64Text, encodeBase64Text } from './base64.ts';

test('decoding gives back what was encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(decodeBase64Text(encodeBase64Text(text))).toBe(text);
    }),
  );
});

test('base64url without padding is read, anything else is not', () => {
  expect(encodeBase64Text('ä?>')).toBe('w6Q/Pg==');
  expect(decodeBase64Text('w6Q_Pg')).toBe('ä?>');
  expect(decodeBase64Text('no base64!')).toBeUndefined();
  expect(decodeBase64Text('/w==')).toBeUndefined();
});
