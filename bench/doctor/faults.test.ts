import { expect, test } from 'vitest';
import type { Seen } from '../../test/support/doctor/seen.ts';
import { recallText } from './faults.ts';

function seen(over: Partial<Seen>): Seen {
  const tools = { analyze: [], precheck: [], 'remote-clusters': [] };
  return { doctor: ['east: drift'], named: 'First', others: [], fix: 'Left', tools, ...over };
}

test('the table counts what is named first, later, falsely, and what each tool says', () => {
  const text = recallText([
    seen({ fix: 'Mended' }),
    seen({ named: 'Later', others: ['west: drift'] }),
    seen({
      named: 'No',
      tools: { analyze: ['west: Error [IST0101] host not found'], precheck: [], 'remote-clusters': [] },
    }),
  ]);
  const counts = text
    .split('\n')
    .slice(1)
    .map((line) => /(\d) of 3$/.exec(line)?.[1]);
  expect(counts).toEqual(['1', '1', '1', '1', '1', '0', '0']);
});
