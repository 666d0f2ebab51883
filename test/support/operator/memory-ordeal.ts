import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { hierarchies, makeGroup, removeGroup } from '../../../lab/src/process/control-group.ts';
import { startProgram } from '../program.ts';
import { loseEverywhere } from './leader-ordeals.ts';
import { leads } from './operators.ts';
import { type Keeping, type Ordeal, replaceLeader } from './ordeal.ts';
import { inSystem } from './site.ts';

const mebibyte = 1024 ** 2;
const limit = 128;
/** Together with an operator it is more than the limit, and alone it is less. */
const hogged = 100;
const group = 'isthmus-operator-memory';

interface MemoryGroup {
  /** Begins the words of a program that is to run in it, and that the kernel kills first or last. */
  through(killed: 'First' | 'Last'): readonly string[];
  limitTo(mebibytes: number): void;
  /** The most that was used since it was made, in MiB. */
  most(): number;
}

/** A control group of this machine with a limit of memory, as a kubelet makes it for a container. */
function memoryGroup(): MemoryGroup {
  makeGroup(group);
  const { all, tracking, version } = hierarchies();
  const mount = version === 2 ? tracking : all.find((path) => /(^|[/,])memory($|,)/.test(path));
  if (mount === undefined) throw new Error('this machine has no control groups of memory');
  const file = (first: string, second: string): string => join(mount, group, version === 2 ? second : first);
  const swap = file('memory.memsw.limit_in_bytes', 'memory.swap.max');
  return {
    through: (killed) => [
      'sh',
      '-c',
      'echo $$ > "$0" && exec "$@"',
      join(mount, group, 'cgroup.procs'),
      ...(killed === 'First' ? ['choom', '-n', '500', '--'] : []),
    ],
    limitTo(mebibytes) {
      const bytes = String(mebibytes * mebibyte);
      writeFileSync(file('memory.limit_in_bytes', 'memory.max'), bytes);
      if (existsSync(swap)) writeFileSync(swap, version === 2 ? '0' : bytes);
    },
    most: () => Number(readFileSync(file('memory.max_usage_in_bytes', 'memory.peak'), 'utf8')) / mebibyte,
  };
}

/** Another process in the group takes memory, and the kernel kills the leader for it. */
async function killedForMemory({ leader }: Keeping, { through }: MemoryGroup): Promise<void> {
  const take = `const taken = Buffer.alloc(${hogged * mebibyte}, 1); setInterval(() => taken.length, 1000)`;
  const [file = '', ...words] = [...through('Last'), process.execPath, '-e', take];
  const other = startProgram(file, words, { timeoutMs: 120_000 });
  try {
    expect(await leader.result).toMatchObject({ signal: 'SIGKILL' });
  } finally {
    other.kill('SIGKILL');
    await other.result;
  }
}

export function memory(say: (line: string) => void): Ordeal {
  return {
    name: `an operator with ${limit} MiB works from its cache, and one that was killed for memory comes back`,
    fault: loseEverywhere,
    around: async (keeping, fault) => {
      const { site, operators } = keeping;
      const found = memoryGroup();
      const { through, limitTo, most } = found;
      try {
        limitTo(limit);
        await replaceLeader(keeping, { through: through('First') });
        const before = await site.expendable('east');
        await fault();
        await site.back('east', before);
        await site.whole();
        say(`${limit} MiB: ${most().toFixed(0)} MiB were used at most`);
        await killedForMemory(keeping, found);
        await site.lose('west');
        limitTo(limit);
        keeping.leader = operators.start({ through: through('First') });
        await keeping.leader.said(leads);
        await site.whole();
        await site.lab.kubectl('west', ...inSystem, 'get', 'lease', 'isthmus-operator');
        await replaceLeader(keeping);
      } finally {
        removeGroup(group);
      }
    },
  };
}
