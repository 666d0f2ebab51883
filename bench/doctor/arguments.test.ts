import { describe, expect, test } from 'vitest';
import { parseDoctorArguments, parts } from './arguments.ts';

describe('parseDoctorArguments', () => {
  test('runs every part by default', () => {
    expect(parseDoctorArguments([])).toEqual({ parts, runs: 5, clusters: 50, services: 500, endpoints: 2 });
  });

  test('takes some parts, in the order of all of them', () => {
    const found = parseDoctorArguments(['snapshot', 'seconds', '--runs=1', '--clusters', '3']);
    expect(found).toMatchObject({ parts: ['seconds', 'snapshot'], runs: 1, clusters: 3 });
  });

  test.each([['now'], ['--runs 0'], ['--endpoints 16'], ['pairs fault']])(
    'refuses "%s" with the usage as the remedy',
    (line) => {
      expect(() => parseDoctorArguments(line.split(' '))).toThrow(
        expect.objectContaining({ code: 'usage', remedy: expect.stringContaining('--endpoints 2') }),
      );
    },
  );
});
