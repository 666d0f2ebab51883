import { describe, expect, test } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';

describe('a selector of MeshConfig', () => {
  const labels = { app: 'web', tier: '' };
  const expression = (operator: string, ...values: string[]) => ({
    matchExpressions: [{ key: 'app', operator, values }],
  });

  test.each([
    [{}, true],
    [null, false],
    [{ matchLabels: { app: 'web' } }, true],
    [{ matchLabels: { app: 'web', zone: 'a' } }, false],
    [expression('In', 'web', 'api'), true],
    [expression('NotIn', 'web'), false],
    [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, true],
    [{ matchExpressions: [{ key: 'zone', operator: 'In', values: [''] }] }, false],
    [{ matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'constructor', operator: 'DoesNotExist' }] }, true],
  ])('%j selects: %s', (selector, selected) => {
    expect(parseLabelSelector(selector)?.(labels)).toBe(selected);
  });

  test.each([
    expression('In'),
    expression('Exists', 'a'),
    expression('Like', 'a'),
    'app=web',
    { matchExpressions: [1] },
  ])('%j is none', (selector) => {
    expect(parseLabelSelector(selector)).toBeUndefined();
  });
});
