import { expect, test } from 'vitest';
import { type Drag, dragged, moved, splitIn, splitText } from './whatif-weights.ts';

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

test('a slider that goes to 100 and back gives the others the shares that they had', () => {
  const begun = splitIn('a.b:x=10,y=30,z=60');
  const shares = [11, 60, 99, 100, 57, 0, 100, 10];
  const last = shares.reduce<Drag | undefined>(
    (drag, share) => dragged(drag, drag?.split ?? begun, { to: 'x', share }),
    undefined,
  );
  expect(last && splitText(last.split)).toBe(splitText(begun));
});

test('where another slider was moved meanwhile, its shares count', () => {
  const one = dragged(undefined, splitIn('a.b:x=0,y=50,z=50'), { to: 'x', share: 50 });
  const other = dragged(one, one.split, { to: 'y', share: 0 });
  expect(weightsOf(splitText(dragged(other, other.split, { to: 'x', share: 40 }).split))).toEqual([40, 0, 60]);
  expect(weightsOf(splitText(dragged(one, splitIn('a.b:x=0,y=100,z=0'), { to: 'x', share: 40 }).split))).toEqual([
    40, 60, 0,
  ]);
});
