import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import { run } from '../process/run.ts';
import type { LayerItem } from './layer.ts';

/** The shared libraries and the loader that the programs need, at the paths where the loader looks for them. */
export async function librariesOf(programs: readonly string[]): Promise<readonly LayerItem[]> {
  const paths = new Set<string>();
  for (const program of programs) {
    for (const path of parseLdd(await run('ldd', [program], { timeoutMs: 10_000 }))) paths.add(path);
  }
  return [...paths].sort().map((path) => ({ path, source: path }));
}

/** The files in what ldd(1) prints; a library that was not found is an error. */
export function parseLdd(output: string): readonly string[] {
  const paths: string[] = [];
  for (const line of output.split('\n')) {
    const missing = /^\s*(\S+) => not found/.exec(line);
    if (missing) {
      throw new IsthmusError('not-found', `the library ${missing[1]} is missing on this machine`, {
        remedy: 'install the Debian packages that `npx --no lab tools` names',
      });
    }
    const found = /(?:=>|^)\s*(\/\S+) \(0x/.exec(line);
    if (found?.[1] !== undefined) paths.push(found[1]);
  }
  return paths;
}

/** iptables as the sidecar's init container calls it: one program under the names it acts by, and its extensions. */
export async function iptablesItems(): Promise<readonly LayerItem[]> {
  const program = '/usr/sbin/xtables-nft-multi';
  const extensions = '/usr/lib/x86_64-linux-gnu/xtables';
  const files = await readdir(extensions).catch((cause: unknown) => {
    throw new IsthmusError('not-found', 'iptables is not installed on this machine', {
      cause,
      remedy: 'apt-get install iptables',
    });
  });
  const names = ['iptables', 'ip6tables', 'iptables-nft', 'ip6tables-nft'].flatMap((name) => [
    name,
    `${name}-save`,
    `${name}-restore`,
  ]);
  return [
    { path: program, source: program },
    ...names.map((name) => ({ path: `/usr/sbin/${name}`, target: 'xtables-nft-multi' })),
    ...files.map((file) => ({ path: join(extensions, file), source: join(extensions, file), mode: 0o644 })),
  ];
}
