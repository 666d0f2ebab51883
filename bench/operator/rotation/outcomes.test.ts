import { expect, test } from 'vitest';
import { createOutcomes } from './outcomes.ts';

const line = (reader: string, cluster: string, outcome: string): string =>
  JSON.stringify({ level: 30, reader, outcome, cluster, msg: 'a token was looked at' });

test('the next renewal of a pair is awaited, and the others are counted', async () => {
  const { read, next, text, lastLines } = createOutcomes();
  read(line('west', 'east', 'Failed'));
  const awaited = next('west', 'east');
  read(JSON.stringify({ reader: 'west', cluster: 'east', outcome: 'Undone', msg: 'reconciled' }));
  read(line('east', 'west', 'Renewed'));
  read(line('the operator', 'east', 'Renewed'));
  read(line('west', 'east', 'Renewed'));
  expect(await awaited).toBe('Renewed');
  expect(text()).toBe('Failed 1, Renewed 2');
  expect(lastLines().split('\n')).toHaveLength(5);
});
