import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { exitCodeOf } from './exit-code.ts';
import { renderFailure, showFailure } from './failure.ts';

describe('renderFailure', () => {
  test('says what, where and what to do', () => {
    const error = new IsthmusError('cluster-unreachable', 'https://198.51.100.1:6443 refuses connections', {
      cluster: 'east',
      remedy: 'check that the cluster runs',
    });
    expect(renderFailure(error, { color: false })).toBe(
      'error: east: https://198.51.100.1:6443 refuses connections [cluster-unreachable]\nhint: check that the cluster runs\n',
    );
    expect(exitCodeOf(error)).toBe(6);
  });

  test('shows where a defect arose', () => {
    const error = new IsthmusError('internal', 'boom', { cause: new Error('boom') });
    const shown: string[] = [];
    const terminal = { stdout: () => undefined, stderr: (text: string) => shown.push(text), color: false };
    showFailure(error, terminal, '');
    expect(shown.join('')).toMatch(/failure\.test\.ts[\s\S]*please report/);
  });
});
