import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where control-group hierarchies are mounted: one a controller in version 1, a single one in version 2. */
export interface Hierarchies {
  readonly all: readonly string[];
  /** The one whose membership the lab reads: pids in version 1. */
  readonly tracking: string;
  readonly version: 1 | 2;
}

/** The hierarchies in the text of a /proc/self/mounts. */
export function parseHierarchies(mounts: string): Hierarchies {
  const lines = mounts.split('\n').map((line) => line.split(' '));
  const first = lines.filter((fields) => fields[2] === 'cgroup').map((fields) => fields[1] ?? '');
  const second = lines.filter((fields) => fields[2] === 'cgroup2').map((fields) => fields[1] ?? '');
  const tracking = first.find((path) => /(^|[/,])pids$/.test(path)) ?? first[0];
  if (tracking !== undefined) return { all: [...first, ...second], tracking, version: 1 };
  return { all: second, tracking: second[0] ?? '/sys/fs/cgroup', version: 2 };
}

/** The hierarchies of this machine. */
export function hierarchies(): Hierarchies {
  return parseHierarchies(readFileSync('/proc/self/mounts', 'utf8'));
}

/** Makes the group in every hierarchy; a new cpuset group is useless until it has CPUs and memory nodes. */
export function makeGroup(group: string, of: Hierarchies = hierarchies()): void {
  const mounts = of.version === 2 ? [of.tracking] : of.all.filter((mount) => !isUnified(mount));
  for (const mount of mounts) {
    let path = mount;
    for (const element of group.split('/')) {
      const parent = path;
      path = join(path, element);
      if (existsSync(path)) continue;
      mkdirSync(path);
      for (const file of ['cpuset.cpus', 'cpuset.mems']) copySetting(join(parent, file), join(path, file));
    }
  }
}

function isUnified(mount: string): boolean {
  return existsSync(join(mount, 'cgroup.controllers'));
}

function copySetting(from: string, to: string): void {
  if (existsSync(from) && existsSync(to)) writeFileSync(to, readFileSync(from));
}

/** Every existing folder of a group and of those below it, deepest first. */
export function groupFolders(group: string, of: Hierarchies = hierarchies()): string[] {
  return of.all.flatMap((mount) => below(join(mount, group)));
}

function below(folder: string): string[] {
  try {
    const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...inner.flatMap((entry) => below(join(folder, entry.name))), folder];
  } catch {
    return [];
  }
}

/** Every process in a group or below it, in whatever hierarchy. */
export function groupProcesses(group: string, of: Hierarchies = hierarchies()): number[] {
  const pids = new Set<number>();
  for (const folder of groupFolders(group, of)) {
    for (const line of read(join(folder, 'cgroup.procs')).split('\n')) {
      if (line !== '' && line !== '0') pids.add(Number(line));
    }
  }
  return [...pids];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Removes the group with all below it; folders that still hold processes stay. */
export function removeGroup(group: string, of: Hierarchies = hierarchies()): void {
  for (const folder of groupFolders(group, of)) {
    try {
      rmdirSync(folder);
    } catch {
      // A process that is just ending keeps its group for a moment; the caller looks again.
    }
  }
}
