import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../../../src/base/error.ts';
import { parseInvocation, parseMilliseconds } from './arguments.ts';

function parsed(line: string, env = {}) {
  return parseInvocation(line.split(' '), env);
}

function refused(line: string): IsthmusError {
  try {
    parsed(line);
  } catch (error) {
    if (error instanceof IsthmusError) return error;
    throw error;
  }
  throw new Error(`${line} was accepted`);
}

describe('command line', () => {
  test('up takes clusters with their networks, in order', () => {
    expect(parsed('up west:us east:eu --control-plane-only')).toEqual({
      lab: 'lab',
      command: 'up',
      clusters: [
        { name: 'west', network: 'us' },
        { name: 'east', network: 'eu' },
      ],
      controlPlaneOnly: true,
      fsync: false,
      audit: false,
      istios: [],
    });
  });

  test('a cluster without a network has one of its own', () => {
    expect(parsed('up west')).toMatchObject({ clusters: [{ name: 'west', network: 'west' }] });
  });

  test('Istios besides the usual one are named, each as often as one likes', () => {
    expect(parsed('tools')).toEqual({ lab: 'lab', command: 'tools', istios: [], tests: false });
    expect(parsed('tools --tests')).toMatchObject({ istios: [], tests: true });
    expect(parsed('tools --istio 1.30 --istio=1.30 --istio 1.31')).toMatchObject({ istios: ['1.30'] });
    expect(parsed('up west --istio 1.30')).toMatchObject({ command: 'up', istios: ['1.30'] });
    expect(refused('tools --istio 1.29').message).toBe('the lab has no Istio "1.29"');
    expect(refused('tools 1.30').code).toBe('usage');
  });

  test.each(['--lab=demo status', '--lab demo status', 'status --lab demo'])('%s means the lab demo', (line) => {
    expect(parsed(line)).toEqual({ lab: 'demo', command: 'status', all: false, json: false });
  });

  test('ISTHMUS_LAB names the lab, and --lab wins over it', () => {
    expect(parsed('down', { ISTHMUS_LAB: 'demo' }).lab).toBe('demo');
    expect(parsed('down --lab other', { ISTHMUS_LAB: 'demo' }).lab).toBe('other');
  });

  test('kubectl and istioctl keep every word that follows them', () => {
    expect(parsed('--lab demo kubectl get pods --lab x -o json --all')).toEqual({
      lab: 'demo',
      command: 'kubectl',
      args: ['get', 'pods', '--lab', 'x', '-o', 'json', '--all'],
    });
  });

  test.each([
    ['cut west east', { command: 'cut', clusters: ['west', 'east'] }],
    ['heal', { command: 'heal', clusters: undefined }],
    ['heal west east', { command: 'heal', clusters: ['west', 'east'] }],
    ['delay west east 50ms', { command: 'delay', clusters: ['west', 'east'], ms: 50 }],
    ['stop west apiserver', { command: 'stop', cluster: 'west', part: 'apiserver' }],
    ['start west kube-proxy', { command: 'start', cluster: 'west', part: 'kube-proxy' }],
    ['help', { command: 'help' }],
  ])('%s', (line, expected) => {
    expect(parsed(line)).toEqual({ lab: 'lab', ...expected });
  });

  test.each([
    'frobnicate',
    'up',
    'up West:us',
    'up a:b:c',
    'up west east west',
    'up west --nodes',
    'cut west',
    'cut west west',
    'heal west',
    'delay west east soon',
    'down now',
    '--lab Demo status',
    '--lab far-too-long-name status',
  ])('%s is a usage error', (line) => {
    expect(refused(line).code).toBe('usage');
  });

  test('an unknown part is answered with the known ones', () => {
    expect(refused('stop west kubelt').remedy).toContain('kubelet');
  });

  test('an unknown command points to the help', () => {
    expect(refused('frobnicate').remedy).toBe('npx --no lab help');
  });
});

describe('delays', () => {
  test.each([
    ['50ms', 50],
    ['0.2s', 200],
    ['75', 75],
    ['0ms', 0],
  ])('%s', (text, ms) => {
    expect(parseMilliseconds(text)).toBe(ms);
  });

  test.each(['', 'ms', '-5ms', '11s', '5m'])('"%s" is none', (text) => {
    expect(() => parseMilliseconds(text)).toThrow(IsthmusError);
  });
});
