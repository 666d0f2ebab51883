import { parseArgs } from 'node:util';
import { IsthmusError } from '../../../src/base/error.ts';
import { type ClusterRequest, checkClusters, defaultLabName, parseClusterRequest, parseLabName } from '../names.ts';
import { clusterParts, type Part } from '../state/schema.ts';
import { type OtherIstio, othersAmong, parseIstio } from '../tools/istios.ts';

/** A command line, understood. */
export type Invocation = { readonly lab: string } & (
  | {
      readonly command: 'up';
      readonly clusters: readonly ClusterRequest[];
      readonly controlPlaneOnly: boolean;
      readonly fsync: boolean;
      readonly audit: boolean;
      readonly istios: readonly OtherIstio[];
    }
  | { readonly command: 'tools'; readonly istios: readonly OtherIstio[]; readonly tests: boolean }
  | { readonly command: 'image' | 'down' | 'env' | 'help' }
  | { readonly command: 'status'; readonly all: boolean; readonly json: boolean }
  | { readonly command: 'kubectl' | 'istioctl'; readonly args: readonly string[] }
  | { readonly command: 'cut'; readonly clusters: readonly [string, string] }
  | { readonly command: 'heal'; readonly clusters: readonly [string, string] | undefined }
  | { readonly command: 'delay'; readonly clusters: readonly [string, string]; readonly ms: number }
  | { readonly command: 'stop' | 'start'; readonly cluster: string; readonly part: Part }
);

/** The text of `lab help`. */
export const helpText = `lab: real Kubernetes clusters with real Istio on this machine

  lab tools                     install and build the programs (once a machine)  [--tests: also what only tests call]
                                [--istio 1.30: that Istio too]
  lab up NAME:NETWORK ...       start clusters  [--control-plane-only] [--fsync] [--audit] [--istio 1.30]
  lab status [--all] [--json]   what runs, and what is left of it
  lab env                       lines for eval: KUBECONFIG and PATH
  lab kubectl ...               kubectl with the lab's kubeconfig (contexts are called like the clusters)
  lab istioctl ...              istioctl likewise
  lab cut A B                   drop all traffic between two clusters
  lab delay A B 50ms            let packets between two clusters take that much longer, each way; 0ms ends it
  lab heal [A B]                undo cut and delay
  lab stop NAME PART            end a part of a cluster: ${clusterParts.join(' ')}
  lab start NAME PART           start it again
  lab image                     make the image of this checkout's build (dist/) and print its name
  lab down                      remove everything

  --lab NAME before the command's own arguments (or ISTHMUS_LAB) chooses the lab; it is called "${defaultLabName}" otherwise.`;

type Env = Readonly<Record<string, string | undefined>>;

/** Understands the words after `lab`, or throws a usage error that says what was expected. */
export function parseInvocation(words: readonly string[], env: Env): Invocation {
  const { lab, rest } = takeLab(words, env);
  const [command = 'help', ...args] = rest;
  switch (command) {
    case 'kubectl':
    case 'istioctl':
      return { lab, command, args };
    case 'tools':
      return { lab, command, ...parseTools(args) };
    case 'image':
    case 'down':
    case 'env': {
      expectWords(command, args, { min: 0, max: 0, usage: `lab ${command}` });
      return { lab, command };
    }
    case 'up':
      return parseUp(lab, args);
    case 'status': {
      const { values } = parse(args, { all: { type: 'boolean' }, json: { type: 'boolean' } });
      return { lab, command, all: values.all === true, json: values.json === true };
    }
    case 'cut':
      return { lab, command, clusters: pair(expectWords(command, args, { min: 2, max: 2, usage: 'lab cut A B' })) };
    case 'heal': {
      const named = expectWords(command, args, { min: 0, max: 2, usage: 'lab heal [A B]' });
      return { lab, command, clusters: named.length === 0 ? undefined : pair(named) };
    }
    case 'delay': {
      const named = expectWords(command, args, { min: 3, max: 3, usage: 'lab delay A B 50ms' });
      return { lab, command, clusters: pair(named), ms: parseMilliseconds(named[2] ?? '') };
    }
    case 'stop':
    case 'start': {
      const [cluster = '', part = ''] = expectWords(command, args, {
        min: 2,
        max: 2,
        usage: `lab ${command} NAME PART`,
      });
      return { lab, command, cluster, part: parsePart(part) };
    }
    case 'help':
    case '--help':
    case '-h':
      return { lab, command: 'help' };
    default:
      throw new IsthmusError('usage', `there is no command "${command}"`, { remedy: 'npx --no lab help' });
  }
}

/**
 * The lab's name out of the leading options, or behind the command for all but the two that pass their words on.
 * kubectl and istioctl may have an option of that name themselves.
 */
function takeLab(words: readonly string[], env: Env): { readonly lab: string; readonly rest: readonly string[] } {
  const rest: string[] = [];
  let lab = env.ISTHMUS_LAB ?? defaultLabName;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (rest[0] === 'kubectl' || rest[0] === 'istioctl') {
      rest.push(word);
    } else if (word === '--lab') {
      index += 1;
      lab = words[index] ?? '';
    } else if (word.startsWith('--lab=')) {
      lab = word.slice('--lab='.length);
    } else {
      rest.push(word);
    }
  }
  return { lab: parseLabName(lab), rest };
}

type OptionTypes = Record<string, { type: 'boolean' } | { type: 'string'; multiple: true }>;

const istioOption = { istio: { type: 'string', multiple: true } } as const;

function parse<const T extends OptionTypes>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new IsthmusError('usage', error instanceof Error ? error.message : String(error), {
      remedy: 'npx --no lab help',
    });
  }
}

function parseTools(args: readonly string[]): { readonly istios: readonly OtherIstio[]; readonly tests: boolean } {
  const { values, positionals } = parse(args, { tests: { type: 'boolean' }, ...istioOption });
  expectWords('tools', positionals, { min: 0, max: 0, usage: 'lab tools --tests --istio 1.30' });
  return { istios: othersAmong((values.istio ?? []).map(parseIstio)), tests: values.tests === true };
}

function parseUp(lab: string, args: readonly string[]): Invocation {
  const { values, positionals } = parse(args, {
    'control-plane-only': { type: 'boolean' },
    fsync: { type: 'boolean' },
    audit: { type: 'boolean' },
    ...istioOption,
  });
  return {
    lab,
    command: 'up',
    clusters: checkClusters(positionals.map(parseClusterRequest)),
    controlPlaneOnly: values['control-plane-only'] === true,
    fsync: values.fsync === true,
    audit: values.audit === true,
    istios: othersAmong((values.istio ?? []).map(parseIstio)),
  };
}

function expectWords(
  command: string,
  words: readonly string[],
  { min, max, usage }: { readonly min: number; readonly max: number; readonly usage: string },
): readonly string[] {
  if (words.length >= min && words.length <= max) return words;
  throw new IsthmusError('usage', `${command} does not take ${words.length} words`, { remedy: usage });
}

function pair([first = '', second = '']: readonly string[]): readonly [string, string] {
  if (first !== second && second !== '') return [first, second];
  throw new IsthmusError('usage', 'two different clusters are needed', { remedy: 'lab cut west east' });
}

/** `50ms`, `0.2s` or a bare number of milliseconds; at most ten seconds. */
export function parseMilliseconds(text: string): number {
  const match = /^([0-9]+(?:\.[0-9]+)?)(ms|s)?$/.exec(text);
  const ms = Number(match?.[1]) * (match?.[2] === 's' ? 1000 : 1);
  if (match !== null && ms <= 10_000) return ms;
  throw new IsthmusError('usage', `"${text}" is not a delay`, { remedy: 'write 50ms or 0.2s, at most 10s' });
}

function parsePart(text: string): Part {
  const part = clusterParts.find((name) => name === text);
  if (part !== undefined) return part;
  throw new IsthmusError('usage', `there is no part "${text}"`, { remedy: `the parts are ${clusterParts.join(', ')}` });
}
