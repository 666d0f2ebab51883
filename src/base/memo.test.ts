import { expect, test } from 'vitest';
import { oncePerText } from './memo.ts';

function counting(limits: { readonly texts: number; readonly characters: number }): {
  readonly lengthOf: (text: string) => number;
  readonly computed: string[];
} {
  const computed: string[] = [];
  const lengthOf = oncePerText(limits, (text) => {
    computed.push(text);
    return text.length;
  });
  return { lengthOf, computed };
}

test('the result of a text is computed once, until as many others were asked for later', () => {
  const { lengthOf, computed } = counting({ texts: 2, characters: 10 });
  expect(['a', 'bb', 'a', 'ccc', 'a', 'bb'].map(lengthOf)).toEqual([1, 2, 1, 3, 1, 2]);
  expect(computed).toEqual(['a', 'bb', 'ccc', 'bb']);
});

test('a text over the limit is not kept', () => {
  const { lengthOf, computed } = counting({ texts: 2, characters: 3 });
  expect(['long', 'long'].map(lengthOf)).toEqual([4, 4]);
  expect(computed).toEqual(['long', 'long']);
});
