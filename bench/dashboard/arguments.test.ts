import { describe, expect, test } from 'vitest';
import { parseDashboardArguments } from './arguments.ts';

describe('parseDashboardArguments', () => {
  test('measures three sizes by default', () => {
    expect(parseDashboardArguments([])).toEqual({ clusters: [2, 10, 50], services: 500, endpoints: 2 });
  });

  test('takes other sizes', () => {
    expect(parseDashboardArguments(['--clusters', '3', '--services=20'])).toMatchObject({
      clusters: [3],
      services: 20,
    });
  });

  test.each(['--clusters 1', '--clusters 2,x', '--services 0', '--size 3'])('refuses "%s"', (line) => {
    expect(() => parseDashboardArguments(line.split(' '))).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
