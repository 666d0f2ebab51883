import { type Application, proposeCompletions } from '@stricli/core';
import { knownNames } from '../../engine/known-names.ts';
import { nodePorts } from '../../node-ports.ts';
import type { CliContext } from '../shell/context.ts';

/** A word that may follow, with what it means. */
export interface Proposal {
  readonly word: string;
  readonly brief: string;
}

type Target = Application<CliContext>['root'];

/** Flags and positional words whose values are names. */
const ofClusters: ReadonlySet<string> = new Set(['--clusters', '--from']);
const ofContexts: ReadonlySet<string> = new Set(['--home']);
const commandsOfACluster: ReadonlySet<string> = new Set(['join', 'leave']);

/**
 * What may stand in place of the last word of a command line, which may be empty. `words` are those after the program's
 * name. Names of clusters, namespaces and services come from the mesh file that the words name, contexts from the
 * kubeconfig.
 */
export async function propose(
  cli: Application<CliContext>,
  words: readonly string[],
  context: CliContext,
): Promise<readonly Proposal[]> {
  const partial = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (words[0] === 'init') {
    if (before === '--from') return [];
    if (before === '--context') return await contextsFor(words, context);
  }
  if (before === '--from' && partial.includes('/')) {
    const { namespaces } = await namesFor(words, context);
    return proposals(workloadsBegun(namespaces), partial, 'namespace');
  }
  if (ofClusters.has(before) || isPlaceOfACluster(words)) {
    const { clusters } = await namesFor(words, context);
    return proposals(lastOfList(partial, clusters), partial, 'cluster');
  }
  if (before === '--to' || isPlaceOfAService(words)) {
    const { services } = await namesFor(words, context);
    return proposals(services, partial, 'service');
  }
  if (ofContexts.has(before)) return await contextsFor(words, context);
  const found = await proposeCompletions(cli, words, context);
  const unique = new Map(found.map(({ completion, brief }) => [completion, brief]));
  // Of commands that stand for one of their subcommands, the parser proposes only what that one takes.
  for (const { word, brief } of subcommands(cli.root, words)) unique.set(word, brief);
  return [...unique].filter(([word]) => !isCamelFlag(word)).map(([word, brief]) => ({ word, brief }));
}

async function contextsFor(words: readonly string[], context: CliContext): Promise<readonly Proposal[]> {
  const { contexts } = await namesFor(words, context);
  return proposals(contexts, words.at(-1) ?? '', 'context');
}

function subcommands(root: Target, words: readonly string[]): readonly Proposal[] {
  const partial = words.at(-1) ?? '';
  const target = words.slice(0, -1).reduce<Target | undefined>((at, word) => {
    return at !== undefined && 'getAllEntries' in at ? at.getRoutingTargetForInput(word) : undefined;
  }, root);
  if (target === undefined || !('getAllEntries' in target)) return [];
  return target
    .getAllEntries()
    .filter(({ name, hidden }) => !hidden && name.original.startsWith(partial))
    .map(({ name, target: { brief } }) => ({ word: name.original, brief }));
}

/** Whether the last word is where `join` and `leave` take a cluster: neither a flag nor the value of one. */
function isPlaceOfACluster(words: readonly string[]): boolean {
  const [command = ''] = words;
  return commandsOfACluster.has(command) && words.slice(-2).every((word) => !word.startsWith('-'));
}

/** Whether the last word is the service of `service show`. */
function isPlaceOfAService([command, subcommand, ...others]: readonly string[]): boolean {
  return command === 'service' && subcommand === 'show' && others.slice(-2).every((word) => !word.startsWith('-'));
}

/** `west/sample/`, to which the name of a workload is added by hand: no cluster is asked. */
function workloadsBegun(namespaces: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...namespaces].flatMap(([cluster, names]) => names.map((name) => `${cluster}/${name}/`));
}

async function namesFor(words: readonly string[], { process }: CliContext): ReturnType<typeof knownNames> {
  const at = words.findIndex((word) => word === '-f' || word === '--file');
  const { ISTHMUS_FILE: file } = process.env;
  return await knownNames(at === -1 ? file : words[at + 1], nodePorts(process.env));
}

/** The names that may end a list which was begun: `west,ea` gives `west,east`. */
function lastOfList(partial: string, names: readonly string[]): readonly string[] {
  const begun = partial.slice(0, partial.lastIndexOf(',') + 1);
  const given = new Set(begun.split(','));
  return names.filter((name) => !given.has(name)).map((name) => `${begun}${name}`);
}

function proposals(names: readonly string[], partial: string, brief: string): readonly Proposal[] {
  // A name that a shell would take for more than a word is left to the person.
  return names
    .filter((name) => name.startsWith(partial) && /^[\w.:/@,+=-]+$/.test(name))
    .map((word) => ({ word, brief }));
}

/** The parser takes both `--noColor` and `--no-color`: people write the second. */
function isCamelFlag(word: string): boolean {
  return word.startsWith('--') && /[A-Z]/.test(word);
}
