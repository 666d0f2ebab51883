import { expect, test } from 'vitest';
import { timeText } from './time-text.ts';

test('a time is shown by the second, and anything else as it is', () => {
  expect(timeText('2026-11-29T16:18:30.325Z')).toBe('2026-11-29 16:18:30 UTC');
  expect(timeText('2026-11-29T16:18:30Z')).toBe('2026-11-29 16:18:30 UTC');
  expect(timeText('yesterday')).toBe('yesterday');
});
