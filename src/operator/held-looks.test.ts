import { describe, expect, test } from 'vitest';
import type { ComparedPeer, EndpointDifference } from '../engine/home-session.ts';
import { createHeldLooks } from './held-looks.ts';

const start = Date.parse('2030-01-01T00:00:00Z');
const staleMs = 180_000;

function difference(address: string, what: EndpointDifference['what'] = 'Gone'): EndpointDifference {
  return { pod: 'istiod-1', what, service: 'shop/cart', address };
}

function compared(...differences: readonly EndpointDifference[]): ComparedPeer {
  return { peer: 'east', outcome: 'Compared', differences, remedy: 'restart istiod' };
}

const unread: ComparedPeer = { peer: 'east', outcome: 'Unread', why: 'it may not list them' };

/** What west is judged by after these looks, a minute apart. */
function judgedAfter(looks: readonly ComparedPeer[], waitMs = 0) {
  const held = createHeldLooks();
  for (const [index, look] of looks.entries()) held.note('west', [look], start + index * 60_000);
  const context = { now: start + (looks.length - 1) * 60_000 + waitMs, staleMs };
  return { ...held.judge('west', ['east'], context), standing: held.standing('west', 'east', context) };
}

const [a, b, c] = ['10.1.0.1', '10.1.0.2', '10.1.0.3'].map((address) => compared(difference(address))) as [
  ComparedPeer,
  ComparedPeer,
  ComparedPeer,
];

describe('what istiod holds of a peer', () => {
  test.each<readonly [string, readonly ComparedPeer[], string, number | undefined]>([
    ['it was never compared', [], 'Unknown NotLooked', undefined],
    ['it is the same', [compared()], 'True Confirmed', 0],
    ['it differs in the first look', [a], 'Unknown NotConfirmed', 0],
    ['it differs once', [compared(), a], 'True NotConfirmed', 0],
    ['the same differs twice', [a, a], 'False EndpointsFrozen', 1],
    ['the same differs in two of three', [a, compared(), a], 'False EndpointsFrozen', 1],
    ['the same differs again after three looks', [a, compared(), compared(), a], 'True NotConfirmed', 0],
    ['something else differs each time', [compared(), a, b, c], 'True NotConfirmed', 0],
    [
      'something else differs while one stands',
      [a, compared(difference('10.1.0.1'), difference('10.1.0.9'))],
      'False EndpointsFrozen',
      1,
    ],
    ['it has caught up', [a, a, compared()], 'True Confirmed', 0],
    ['it was frozen and something else differs', [a, a, b], 'False NotConfirmed', 0],
    ['the peer could not be read', [compared(), unread], 'Unknown Unread', undefined],
  ])('%s', (_, looks, expected, standing) => {
    const found = judgedAfter(looks);
    expect(`${found.status} ${found.reason}`).toBe(expected);
    expect(found.standing).toBe(standing);
  });

  test('the message names what differs, and what to do', () => {
    const look = compared(
      ...['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4'].map((address) => difference(address)),
      difference('10.1.0.9', 'Missing'),
    );
    expect(judgedAfter([look, look]).message).toBe(
      'Istiod-1 holds endpoints of east that are gone (shop/cart at 10.1.0.1, shop/cart at 10.1.0.2, shop/cart at 10.1.0.3, 1 more) and lacks endpoints that are there (shop/cart at 10.1.0.9). Restart istiod.',
    );
  });

  test('what was compared long ago is not relied on, right or wrong', () => {
    expect(judgedAfter([compared()], staleMs + 1)).toMatchObject({
      status: 'Unknown',
      reason: 'Outdated',
      standing: undefined,
    });
    expect(judgedAfter([a, a], staleMs + 1)).toMatchObject({
      status: 'Unknown',
      reason: 'Outdated',
      standing: undefined,
    });
  });

  test('an istiod that cannot be asked makes it unknown until it can', () => {
    const held = createHeldLooks();
    const context = { now: start, staleMs };
    held.note('west', [compared()], start);
    held.noteUnread('west', 'no istiod of west is ready', start);
    expect(held.judge('west', ['east'], context)).toMatchObject({ status: 'Unknown', reason: 'Unread' });
    expect(held.standing('west', 'east', context)).toBeUndefined();
    held.note('west', [compared()], start);
    expect(held.judge('west', ['east'], context)).toMatchObject({ status: 'True' });
  });

  test('one peer of many is enough', () => {
    const held = createHeldLooks();
    const look = [{ ...compared(), peer: 'south' }, a];
    for (const at of [start, start + 5_000]) held.note('west', look, at);
    const context = { now: start + 5_000, staleMs };
    expect(held.judge('west', ['south', 'east'], context)).toMatchObject({
      status: 'False',
      reason: 'EndpointsFrozen',
    });
    expect(held.judge('west', ['south'], context).message).toBe('It holds the endpoints of south as they are.');
    held.keepOnly(['west', 'south']);
    expect(held.judge('west', ['east'], context)).toMatchObject({ reason: 'NotLooked' });
  });
});
