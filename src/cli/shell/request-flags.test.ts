import { expect, test } from 'vitest';
import { parseDestination, parseHeader, parseMethod, parsePath } from './request-flags.ts';

test('what a request is made of is taken as it is written', () => {
  expect(parseDestination('reviews.shop:9080')).toEqual({ host: 'reviews.shop', port: 9080 });
  expect(parseHeader('x-user: jason')).toEqual(['x-user', 'jason']);
  expect(parsePath('/site/3?item=1')).toBe('/site/3?item=1');
  expect(parseMethod('POST')).toBe('POST');
});

test.each([
  [() => parseDestination('reviews/path:80'), /expected HOST:PORT/],
  [() => parseHeader('jason'), /not a header/],
  [() => parsePath('site'), /not the path/],
  [() => parsePath('/a b'), /not the path/],
  [() => parseMethod('GET /'), /not the method/],
])('what is none is refused', (parse, message) => {
  expect(parse).toThrow(message);
});
