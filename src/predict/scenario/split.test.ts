import { describe, expect, test } from 'vitest';
import { parseSplit, splitText } from './split.ts';

const clusters = ['west', 'east', 'north.eu'];

describe('a split in words', () => {
  test('is a service with the weights of clusters, and comes back as it was', () => {
    const split = parseSplit('reviews.shop:west=30,north.eu=70', clusters);
    expect(split).toEqual({ name: 'reviews', namespace: 'shop', weights: { west: 30, 'north.eu': 70 } });
    expect(splitText(split)).toBe('reviews.shop:west=30,north.eu=70');
  });

  test.each([
    ['reviews:west=100', /is not a split/],
    ['reviews.shop', /is not a split/],
    ['reviews.shop:', /is not a split/],
    ['reviews.shop:west=1.5,east=98.5', /is not a split/],
    ['reviews.shop:west=-1,east=101', /is not a split/],
    ['reviews.shop:west=30,south=70', /no cluster "south"/],
    ['reviews.shop:west=30,east=60', /add up to 90/],
    ['reviews.shop:west=50,west=50', /names a cluster twice/],
    ['reviews.shop:__proto__=100', /no cluster "__proto__"/],
  ])('%s is refused', (text, message) => {
    expect(() => parseSplit(text, clusters)).toThrow(message);
  });
});
