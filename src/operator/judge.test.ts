import { describe, expect, test } from 'vitest';
import { judge, type Observation } from './judge.ts';

const now = Date.parse('2030-01-01T12:00:00Z');
const staleMs = 180_000;

function look(finding: Observation['finding'], agoMs = 0): Observation {
  const reason = { Good: 'Confirmed', Bad: 'IstiodNotReady', Unknown: 'Unread' } as const;
  return { at: now - agoMs, finding, reason: reason[finding], message: `it is ${finding}` };
}

const context = { now, staleMs, before: undefined };

describe('a condition', () => {
  test('is Unknown before the first look', () => {
    expect(judge([], context)).toMatchObject({ status: 'Unknown', reason: 'NotLooked', seenAt: undefined });
  });

  test('is True by the last look, whatever those before it found', () => {
    expect(judge([look('Bad', 20), look('Bad', 10), look('Good')], context)).toMatchObject({
      status: 'True',
      seenAt: now,
    });
  });

  test('is False when two of the last three looks find something wrong, and not before', () => {
    expect(judge([look('Bad')], context)).toMatchObject({ status: 'Unknown', reason: 'NotConfirmed' });
    expect(judge([look('Bad', 10), look('Bad')], context)).toMatchObject({ status: 'False', reason: 'IstiodNotReady' });
    expect(judge([look('Bad', 20), look('Good', 10), look('Bad')], context)).toMatchObject({ status: 'False' });
    expect(judge([look('Bad', 30), look('Good', 20), look('Good', 10), look('Bad')], context)).toMatchObject({
      reason: 'NotConfirmed',
    });
  });

  test.each(['True', 'False', 'Unknown'] as const)(
    'that was %s stays so at a first sign of something wrong',
    (before) => {
      const judged = judge([look('Good', 10), look('Bad')], { ...context, before });
      expect(judged).toMatchObject({ status: before, reason: 'NotConfirmed', message: 'Seen once so far: it is Bad' });
    },
  );

  test('needs no second look for what is certain', () => {
    expect(judge([{ ...look('Bad'), isCertain: true }], context)).toMatchObject({ status: 'False' });
  });

  test('is Unknown where something could not be read', () => {
    expect(judge([look('Good', 10), look('Unknown')], { ...context, before: 'True' })).toMatchObject({
      status: 'Unknown',
      reason: 'Unread',
    });
  });

  test.each(['Good', 'Bad'] as const)('is Unknown when the last look, a %s one, is too old', (finding) => {
    const looks = [look(finding, staleMs + 2), look(finding, staleMs + 1)];
    const judged = judge(looks, { ...context, before: 'True' });
    expect(judged).toMatchObject({ status: 'Unknown', reason: 'Outdated', seenAt: now - staleMs - 1 });
    expect(judged.message).toContain('2030-01-01T11:56:59');
  });
});
