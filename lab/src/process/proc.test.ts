import { describe, expect, test } from 'vitest';
import { parseHierarchies } from './control-group.ts';
import { parseCpuMs, parseStat, parseWaitedCpuMs, procReader, readCpuMs } from './proc.ts';

describe('/proc/PID/stat', () => {
  test('is read past a command with spaces and parentheses', () => {
    const fields = ['S', ...Array.from({ length: 18 }, (_, n) => String(n)), '4711', '99'];
    expect(parseStat(`12 (a) b (c) ${fields.join(' ')}`)).toEqual({ state: 'S', startTime: 4711 });
  });

  test('that is empty says nothing', () => {
    expect(parseStat('')).toBeUndefined();
  });

  test('has the processor time', () => {
    const fields = ['S', ...Array.from({ length: 10 }, (_, n) => String(n)), '250', '50', '70', '30'];
    expect(parseCpuMs(`12 (a) b (c) ${fields.join(' ')}`)).toBe(3_000);
    expect(parseWaitedCpuMs(`12 (a) b (c) ${fields.join(' ')}`)).toBe(1_000);
    expect(parseCpuMs('')).toBe(0);
    expect(readCpuMs(process.pid)).toBeGreaterThan(0);
  });

  test('of this very process has a start time', () => {
    expect(procReader.startTime(process.pid)).toBeGreaterThan(0);
  });
});

describe('control-group hierarchies', () => {
  test('version 1: processes are looked for in the pids hierarchy', () => {
    const mounts = [
      'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0',
      'cgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0',
      'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
    ].join('\n');
    expect(parseHierarchies(mounts)).toEqual({
      all: ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified'],
      tracking: '/sys/fs/cgroup/pids',
      version: 1,
    });
  });

  test('version 2 has one for everything', () => {
    expect(parseHierarchies('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\nproc /proc proc rw 0 0')).toEqual({
      all: ['/sys/fs/cgroup'],
      tracking: '/sys/fs/cgroup',
      version: 2,
    });
  });
});
