import { describe, expect, test } from 'vitest';
import type { RenewedPeer } from '../engine/home-session.ts';
import { createCredentials } from './credentials.ts';

const start = Date.parse('2030-01-01T00:00:00Z');
const hourMs = 3_600_000;

const token = { notAfter: start + 24 * hourMs, endingFrom: start + 18 * hourMs };

function problemAt(hours: number, found: Partial<RenewedPeer>): string | undefined {
  const credentials = createCredentials();
  credentials.noteIstiods('west', [{ peer: 'east', outcome: 'Failed', ...found }], start + 13 * hourMs);
  const problem = credentials.istiodProblem('west', start + hours * hourMs);
  return problem === undefined ? undefined : `${problem.status} ${problem.reason} ${problem.message}`;
}

describe('a token with which an istiod reads a peer', () => {
  test('that failed to be renewed is no problem until its last quarter', () => {
    expect(problemAt(17.9, token)).toBeUndefined();
    expect(problemAt(18, { ...token, why: 'no istiod is ready' })).toBe(
      'False CredentialEnding The token with which istiod reads east ends at 2030-01-02T00:00:00.000Z, and was not renewed: no istiod is ready. It is tried again by itself; the annotation isthmus.dev/renew-token on the MeshCluster east has it tried at once.',
    );
  });

  test('that has ended is named as such', () => {
    expect(problemAt(24, token)).toContain('has ended at 2030-01-02T00:00:00.000Z, and was not renewed.');
  });

  test('of an istiod that is older than a fix comes with what it does wrong', () => {
    expect(problemAt(18, { ...token, why: 'x', advice: ['istiod 1.30.2 may lose y'] })).toContain(
      'was not renewed: x. Known: istiod 1.30.2 may lose y. It is tried again',
    );
  });

  test('that does not end is none, whatever failed', () => {
    expect(problemAt(1_000, { why: 'no istiod is ready' })).toBeUndefined();
  });

  test('that was renewed is none any longer, and goes with its cluster', () => {
    const credentials = createCredentials();
    const later = start + 20 * hourMs;
    credentials.noteIstiods('west', [{ peer: 'east', outcome: 'Failed', ...token }], start);
    credentials.noteIstiods('south', [{ peer: 'east', outcome: 'Failed', ...token }], start);
    const renewed = { notAfter: later + 24 * hourMs, endingFrom: later + 18 * hourMs };
    credentials.noteIstiods('west', [{ peer: 'east', outcome: 'Renewed', ...renewed }], later);
    expect(credentials.istiodProblem('west', later)).toBeUndefined();
    expect(credentials.istiodProblem('south', later)).toBeDefined();
    credentials.keepOnly(['west', 'east']);
    expect(credentials.istiodProblem('south', later)).toBeUndefined();
  });
});

test("the operator's own is reported by itself, with the command that gives another one", () => {
  const credentials = createCredentials();
  credentials.noteOwn('east', { peer: 'east', outcome: 'Failed', ...token, why: 'it may not' }, start);
  expect(credentials.istiodProblem('east', token.endingFrom)).toBeUndefined();
  expect(credentials.ownProblem('east', token.endingFrom)?.message).toBe(
    'The token with which the operator reaches the cluster ends at 2030-01-02T00:00:00.000Z, and was not renewed: it may not. Give it another one with `isthmus operator grant`.',
  );
});
