import { expect, test } from 'vitest';
import { moved, splitIn, splitText } from './whatif-weights.ts';

const weightsOf = (text: string): readonly number[] => splitIn(text).weights.map(([, percent]) => percent);

test('a split in words comes back as it was', () => {
  expect(splitText(splitIn('reviews.shop:west=30,east=70'))).toBe('reviews.shop:west=30,east=70');
});

test.each([0, 1, 33, 50, 99, 100])('with %i for one cluster, the weights are whole and add up to 100', (share) => {
  for (const text of ['a.b:x=50,y=50', 'a.b:x=10,y=20,z=70', 'a.b:x=100,y=0,z=0', 'a.b:x=34,y=33,z=33']) {
    const next = splitText(moved(splitIn(text), 'x', share));
    expect(weightsOf(next).reduce((sum, one) => sum + one, 0)).toBe(100);
    expect(weightsOf(next)[0]).toBe(share);
    expect(weightsOf(next).filter((one) => !Number.isInteger(one) || one < 0)).toEqual([]);
  }
});

test('the others keep their proportions, and divide evenly what none of them had', () => {
  expect(splitText(moved(splitIn('a.b:x=10,y=30,z=60'), 'x', 40))).toBe('a.b:x=40,y=20,z=40');
  expect(splitText(moved(splitIn('a.b:x=100,y=0,z=0'), 'x', 50))).toBe('a.b:x=50,y=25,z=25');
});
