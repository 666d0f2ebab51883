import { describe, expect, test } from 'vitest';
import type { UnreachablePolicy } from '../api/mesh-cluster.ts';
import {
  type Absence,
  type AbsenceFacts,
  absenceIn,
  absencesFor,
  drainAfterMs,
  nextAbsence,
  removeAfterMs,
} from './absence.ts';

const kept: Absence = { stage: 'Kept', since: undefined };

function facts(now: number, more: Partial<AbsenceFacts> = {}): AbsenceFacts {
  return { now, policy: 'Remove', awaySince: 0, isAnswering: false, mayLeave: true, ...more };
}

/** The stages that a cluster goes through, each with the minute in which it began; it is looked at every minute. */
function stages(minutes: number, more: Partial<AbsenceFacts> | ((minute: number) => Partial<AbsenceFacts>)) {
  const found: string[] = [];
  let absence = kept;
  for (let minute = 0; minute <= minutes; minute += 1) {
    const next = nextAbsence(absence, facts(minute * 60_000, typeof more === 'function' ? more(minute) : more));
    if (next.stage !== absence.stage) found.push(`${next.stage} at ${minute}`);
    absence = next;
  }
  return found;
}

describe('a cluster that is not reached', () => {
  const [drained, removed] = [drainAfterMs / 60_000, (drainAfterMs + removeAfterMs) / 60_000];

  test.each<[UnreachablePolicy, readonly string[]]>([
    ['Keep', []],
    ['Drain', [`Drained at ${drained}`]],
    ['Remove', [`Drained at ${drained}`, `Removed at ${removed}`]],
  ])('with %s goes through %j', (policy, expected) => {
    expect(stages(60, { policy })).toEqual(expected);
  });

  test('is left alone while an istiod gets answers from it, because then the way of the operator alone is broken', () => {
    expect(stages(60, { isAnswering: true })).toEqual([]);
  });

  test('is never removed where the mesh cannot do without it', () => {
    expect(stages(60, { mayLeave: false })).toEqual([`Drained at ${drained}`]);
  });

  test('is a part of the mesh again at the first answer, and drained before it is removed the next time', () => {
    const away = (minute: number): Partial<AbsenceFacts> => ({
      awaySince: minute < 20 ? 0 : minute < 21 ? undefined : 21 * 60_000,
    });
    expect(stages(60, away)).toEqual([
      `Drained at ${drained}`,
      `Removed at ${removed}`,
      'Kept at 20',
      `Drained at ${21 + drained}`,
      `Removed at ${21 + removed}`,
    ]);
  });

  test('that another process drained stays drained as long as from the beginning', () => {
    const reason = 'Drained' as const;
    const condition = { type: 'UpToDate', status: 'Unknown', reason, message: '', lastTransitionTime: '' } as const;
    const found = absenceIn({ conditions: [condition] });
    expect(found).toEqual({ stage: 'Drained', since: undefined });
    const first = nextAbsence(found, facts(removeAfterMs * 10));
    expect(first).toEqual({ stage: 'Drained', since: removeAfterMs * 10 });
    expect(nextAbsence(first, facts(removeAfterMs * 11)).stage).toBe('Removed');
  });

  test('is drained again, and no longer removed, where the policy goes back that far', () => {
    expect(nextAbsence({ stage: 'Removed', since: 0 }, facts(1, { policy: 'Drain' })).stage).toBe('Drained');
    expect(nextAbsence({ stage: 'Removed', since: 0 }, facts(1, { policy: 'Keep' })).stage).toBe('Kept');
  });
});

test('a cluster does without the others that leave or are away, and never without itself', () => {
  const members = [
    { name: 'west', stage: 'Kept', isLeaving: false },
    { name: 'east', stage: 'Drained', isLeaving: false },
    { name: 'apac', stage: 'Removed', isLeaving: false },
    { name: 'north', stage: 'Drained', isLeaving: true },
  ] as const;
  expect(absencesFor('west', members)).toEqual({ without: ['apac', 'north'], drained: ['east'] });
  expect(absencesFor('east', members)).toEqual({ without: ['apac', 'north'] });
  expect(absencesFor('west', members.slice(0, 1))).toEqual({});
});
