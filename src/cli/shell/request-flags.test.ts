import { expect, test } from 'vitest';
import { parseDestination, parseHeader, parseMethod, parsePath } from './request-flags.ts';

test('what a request is made of is taken as it is written', () => {
  expect(parseDestination('reviews.shop:9080')).toEqual({ host: 'reviews.shop', port: 9080 });
  expect(parseHeader('x-user: jason')).toEqual(['x-user', 'jason']);
  expect(parsePath('/site/3?item=1')).toBe('/site/3?item=1');
  expect(parseMethod('POST')).toBe('POST');
});

test.each([
  [() => parseDestination('reviews/path:80'), /no HOST:PORT/],
  [() => parseHeader('jason'), /no header/],
  [() => parsePath('site'), /no path/],
  [() => parsePath('/a b'), /no path/],
  [() => parseMethod('GET /'), /no method/],
])('what is none is refused', (parse, message) => {
  expect(parse).toThrow(message);
});
