import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hierarchies, makeGroup } from '../../lab/src/process/control-group.ts';

/** Makes a control group with that much memory below another one, and gives its `cgroup.procs`; an error where memory is not controlled. */
export function limitedGroup(parent: string, bytes: number): string {
  const group = join(parent, 'operator');
  const of = hierarchies();
  makeGroup(group, of);
  for (const mount of of.all) {
    for (const file of ['memory.limit_in_bytes', 'memory.max']) {
      const path = join(mount, group, file);
      if (!existsSync(path)) continue;
      writeFileSync(path, String(bytes));
      return join(mount, group, 'cgroup.procs');
    }
  }
  throw new Error('this machine has no control groups for memory');
}
