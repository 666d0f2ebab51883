import { IsthmusError } from '../../base/error.ts';
import { parseDuration } from './flags.ts';
import { type Command, commandOf, routeOf, type Target } from './route.ts';

/** A flag that an environment variable may give, where the command has it and the line does not. */
interface Variable {
  readonly flag: string;
  readonly name: string;
  /** The letter that stands for the flag. */
  readonly letter?: string;
  /** Throws `usage` for a value that is none. */
  readonly check?: (value: string) => unknown;
  /** The variable counts for nothing where the line has one of these flags: they say the same in another way. */
  readonly besides?: readonly string[];
}

const sources = ['file', 'home', 'snapshot'] as const;

/** Every variable. The flag wins; nothing that turns a guard off, or names only a part of the mesh, is among them. */
export const variables: readonly Variable[] = [
  { flag: 'file', name: 'ISTHMUS_FILE', letter: 'f', besides: [...sources, 'context'] },
  { flag: 'home', name: 'ISTHMUS_HOME', besides: sources },
  { flag: 'output', name: 'ISTHMUS_OUTPUT', letter: 'o' },
  { flag: 'timeout', name: 'ISTHMUS_TIMEOUT', check: parseDuration },
  { flag: 'probeImage', name: 'ISTHMUS_PROBE_IMAGE' },
  { flag: 'verbose', name: 'ISTHMUS_VERBOSE', letter: 'v', besides: ['quiet', 'verbose'], check: truth },
  { flag: 'quiet', name: 'ISTHMUS_QUIET', letter: 'q', besides: ['quiet', 'verbose'], check: truth },
];

/**
 * The words of a command line with the flags that variables give put before the others. A value that the flag would not take
 * throws `usage` with the variable's name.
 */
export function withVariables(
  words: readonly string[],
  root: Target,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const found = routeOf(root, words);
  const { names: route, rest } = found;
  const command = commandOf(found);
  if (command === undefined) return words;
  const given = givenFlags(rest);
  // A plan file names its mesh, and an operator's commands are about its home cluster.
  const namesItsMesh = route[0] === 'operator' || (route[0] === 'apply' && hasPlan(rest));
  const wanted = variables.flatMap((variable) => {
    const value = environment[variable.name] ?? '';
    const { flag, besides = [flag] } = variable;
    const counts = value !== '' && command.usesFlag(flag, 'original') && !besides.some((name) => given.has(name));
    const isSource = sources.some((source) => source === flag);
    return counts && !(isSource && namesItsMesh) ? [{ variable, value }] : [];
  });
  refuseBoth(wanted.map(({ variable }) => variable));
  return [...route, ...wanted.flatMap(({ variable, value }) => wordsOf(variable, value, command)), ...rest];
}

/** The flags that words give, by the names that commands know them by: `-f`, `--file`, `--probe-image`. */
function givenFlags(words: readonly string[]): ReadonlySet<string> {
  const end = words.indexOf('--');
  const found = new Set<string>();
  for (const word of end < 0 ? words : words.slice(0, end)) {
    const [, long] = /^--([A-Za-z-]+)/.exec(word) ?? [];
    if (long !== undefined) found.add(long.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()));
    const [, letters = ''] = /^-([A-Za-z]+)/.exec(word) ?? [];
    for (const { flag, letter } of variables) if (letter !== undefined && letters.includes(letter)) found.add(flag);
  }
  return found;
}

/** Whether `apply` is given a plan: the only word that is neither a flag nor the value of one ends the line or stands before a flag. */
function hasPlan(words: readonly string[]): boolean {
  const takesNone = /^(-[vq]+|--(allow-insecure-tls|dry-run|no-color|quiet|trust-kubeconfig|verbose|yes))$/;
  return words.some((word, index) => {
    const before = words[index - 1];
    return (
      !word.startsWith('-') &&
      (before === undefined || !before.startsWith('-') || takesNone.test(before) || before.includes('='))
    );
  });
}

function refuseBoth(wanted: readonly Variable[]): void {
  const both = wanted.filter(({ flag }) => flag === 'file' || flag === 'home');
  if (both.length < 2) return;
  throw new IsthmusError('usage', `${both.map(({ name }) => name).join(' and ')} both name the mesh`, {
    remedy: 'unset one of them, or name the mesh with `--file` or `--home`',
  });
}

function wordsOf({ flag, name, check }: Variable, value: string, { parameters }: Command): readonly string[] {
  const known = parameters.flags?.[flag];
  try {
    if (known?.kind === 'boolean') return truth(value) ? [`--${flag}`] : [];
    check?.(value);
    if (known?.kind === 'enum' && !known.values.includes(value)) {
      throw new IsthmusError('usage', `"${value}" is none of ${known.values.join(', ')}`);
    }
  } catch (thrown) {
    if (!(thrown instanceof IsthmusError)) throw thrown;
    throw new IsthmusError('usage', `the variable ${name}: ${thrown.message}`, {
      remedy: `correct or unset ${name}`,
    });
  }
  return [`--${flag}=${value}`];
}

function truth(value: string): boolean {
  if (/^(1|true|yes)$/i.test(value)) return true;
  if (/^(0|false|no)$/i.test(value)) return false;
  throw new IsthmusError('usage', `"${value}" is neither true nor false`);
}
