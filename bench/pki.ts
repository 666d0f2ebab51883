import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../lab/src/process/run.ts';
import { parseOptions } from './options.ts';
import { table } from './table.ts';
import { wholeNumber } from './whole-number.ts';

export const pkiUsage = `npm run bench -- pki [--clusters 100]

A root and an intermediate for each cluster: by us, and by the steps that Istio documents (make and openssl with
tools/certs/Makefile.selfsigned.mk of its Go module), in the same run; with the documented keys, and with equal ones.`;

export interface BenchPkiOptions {
  readonly words: readonly string[];
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** One way to make them, in an empty folder. */
interface Way {
  readonly name: string;
  /** The keys of the intermediates. */
  readonly keys: string;
  /** The way that it is compared with. */
  readonly against?: string;
  readonly make: (folder: string) => Promise<void>;
}

const limitMs = 1_800_000;

/** Makes them in each way, checks the results with openssl, and prints the seconds and the ratios. */
export async function benchPki({ words, signal, print }: BenchPkiOptions): Promise<void> {
  const clusters = countOf(words);
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-bench-pki-'));
  try {
    const makefiles = await prepareMakefiles(folder, signal);
    print(
      `${clusters} clusters, ${availableParallelism()} processors, load average ${loadavg()[0]?.toFixed(1)} at the start`,
    );
    const costs = new Map<string, Cost>();
    const rows: string[][] = [];
    for (const way of waysOf({ clusters, makefiles, signal })) {
      const work = join(folder, way.name);
      await mkdir(work);
      const cost = await costOf(async () => await way.make(work));
      costs.set(way.name, cost);
      await verify(work, clusters, signal);
      rows.push([way.name, way.keys, cost.seconds.toFixed(2), cost.processor.toFixed(2), ...ratios(way, costs)]);
      print(`  ${way.name}: ${cost.seconds.toFixed(2)} s`);
    }
    print(table([['way', 'keys', 'seconds', 'processor seconds', 'against', 'seconds', 'processor'], ...rows]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a way took; its processor time does not depend on what else the machine does. */
interface Cost {
  readonly seconds: number;
  readonly processor: number;
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const [started, before] = [performance.now(), await processorOfChildren()];
  await work();
  return { seconds: (performance.now() - started) / 1000, processor: (await processorOfChildren()) - before };
}

/** Clock ticks in a second on Linux, on every processor that Node runs on (sysconf(3), _SC_CLK_TCK). */
const ticks = 100;

/** Seconds of processor time of all children that have ended, and theirs (proc(5), stat: cutime and cstime). */
async function processorOfChildren(): Promise<number> {
  const text = await readFile('/proc/self/stat', 'utf8');
  // The second field is the program's name in parentheses, which may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / ticks;
}

/** How many times as much as the way that it is compared with. */
function ratios({ name, against }: Way, costs: ReadonlyMap<string, Cost>): readonly string[] {
  const [own, other] = [costs.get(name), against === undefined ? undefined : costs.get(against)];
  if (own === undefined || other === undefined) return ['', '', ''];
  const times = (part: keyof Cost): string => (own[part] / other[part]).toFixed(1);
  return [against ?? '', times('seconds'), times('processor')];
}

function countOf(words: readonly string[]): number {
  const options = { clusters: { type: 'string', default: '100' } } as const;
  const { values } = parseOptions(words, { options }, pkiUsage);
  return wholeNumber(values.clusters, { flag: '--clusters', min: 1, max: 1000, remedy: pkiUsage });
}

interface WaysOptions {
  readonly clusters: number;
  readonly makefiles: Readonly<Record<'documented' | 'ec' | 'rsa3072', string>>;
  readonly signal: AbortSignal;
}

function waysOf({ clusters, makefiles, signal }: WaysOptions): readonly Way[] {
  const targets = ['root-ca', ...Array.from({ length: clusters }, (_, index) => `c${index + 1}-cacerts`)];
  // One after the other: with `make -j` its rules fail, because they write into folders that others of them make.
  const makeWith =
    (makefile: string) =>
    async (cwd: string): Promise<void> => {
      await run('make', ['-f', makefile, ...targets], { cwd, signal, timeoutMs: limitMs });
    };
  const ours =
    (algorithm: string) =>
    async (folder: string): Promise<void> => {
      const script = resolve(import.meta.dirname, 'contenders/pki.ts');
      await run(process.execPath, [script, folder, String(clusters), algorithm], { signal, timeoutMs: limitMs });
    };
  return [
    { name: 'isthmus', keys: 'EC P-256', make: ours('ECDSA-P256') },
    { name: 'isthmus-rsa', keys: 'RSA 3072', make: ours('RSA-3072') },
    { name: 'make-ec', keys: 'EC P-256', against: 'isthmus', make: makeWith(makefiles.ec) },
    { name: 'make-rsa', keys: 'RSA 3072', against: 'isthmus-rsa', make: makeWith(makefiles.rsa3072) },
    { name: 'documented', keys: 'RSA 4096', against: 'isthmus', make: makeWith(makefiles.documented) },
  ];
}

/** Istio's Makefile as it is, and with other keys in the one line that makes them. */
async function prepareMakefiles(folder: string, signal: AbortSignal): Promise<WaysOptions['makefiles']> {
  const cwd = resolve(import.meta.dirname, '../lab/tools/kubernetes');
  const module = await run('go', ['list', '-m', '-f', '{{.Dir}}', 'istio.io/istio'], { cwd, signal });
  const certs = join(folder, 'istio');
  await cp(join(module.trim(), 'tools/certs'), certs, { recursive: true });
  // Go's module cache is read-only.
  await run('chmod', ['-R', 'u+w', certs]);
  const documented = join(certs, 'Makefile.selfsigned.mk');
  const text = await readFile(documented, 'utf8');
  const variant = async (name: string, keyCommand: string): Promise<string> => {
    const changed = text.replaceAll('openssl genrsa -out $@ 4096', keyCommand);
    if (changed === text) throw new Error(`${documented} does not make its keys as this benchmark expects`);
    await writeFile(join(certs, name), changed);
    return join(certs, name);
  };
  return {
    documented,
    ec: await variant('ec.mk', 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $@'),
    rsa3072: await variant('rsa3072.mk', 'openssl genrsa -out $@ 3072'),
  };
}

/** A benchmark of something that does not work would be worth nothing: openssl must accept every chain. */
async function verify(folder: string, clusters: number, signal: AbortSignal): Promise<void> {
  const root = join(folder, 'root-cert.pem');
  for (let index = 1; index <= clusters; index += 1) {
    const of = (name: string): string => join(folder, `c${index}`, name);
    await run('openssl', ['verify', '-CAfile', root, '-untrusted', of('cert-chain.pem'), of('ca-cert.pem')], {
      signal,
    });
  }
}
