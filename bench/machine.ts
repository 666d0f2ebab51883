import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { tryRun } from '../lab/src/process/run.ts';

const gib = 1024 ** 3;

/** What the figures depend on, as rows of name and value. */
export async function machineFacts(bin: string): Promise<readonly (readonly string[])[]> {
  const version = async (program: string, args: readonly string[]): Promise<string> => {
    const { stdout } = await tryRun(program, args);
    return stdout;
  };
  const [kubernetes, istio, etcd, openssl] = await Promise.all([
    version(join(bin, 'kube-apiserver'), ['--version']),
    version(join(bin, 'istioctl'), ['version', '--remote=false', '--short']),
    version(join(bin, 'etcd'), ['--version']),
    version('openssl', ['version']),
  ]);
  const processors = cpus();
  return [
    ['date', new Date().toISOString()],
    ['processor', `${processors.length} x ${processors[0]?.model ?? 'unknown'}`],
    ['memory', `${(totalmem() / gib).toFixed(0)} GiB`],
    ['kernel', release()],
    ['kubernetes', kubernetes.replace('Kubernetes', '').trim()],
    ['istio', istio.replace('client version:', '').trim()],
    ['etcd', `${/etcd Version: (\S+)/.exec(etcd)?.[1] ?? 'unknown'}, without fsync`],
    ['openssl', openssl.split(' ')[1] ?? 'unknown'],
    ['node', process.version],
    ['isthmus', isthmusVersion()],
  ];
}

function isthmusVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}

/** The load average of the last minute and of the last fifteen. */
export function loadText(): string {
  const [minute = 0, , quarter = 0] = loadavg();
  return `${minute.toFixed(1)} (15 minutes: ${quarter.toFixed(1)})`;
}
