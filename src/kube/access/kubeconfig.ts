import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { type Document, type DocumentOptions, LineCounter, type ParseOptions, parseDocument } from 'yaml';
import { isTooDeep, tooDeepText } from '../../base/depth.ts';
import { IsthmusError } from '../../base/error.ts';
import { isJsonObject, type Json } from '../../base/json.ts';
import { kubectl, type Remedy, remedy } from '../../base/remedy.ts';
import { type Environment, fileProblem } from './access.ts';
import {
  type ClusterEntry,
  type ContextEntry,
  type KubeconfigFile,
  kubeconfigFile,
  type UserEntry,
} from './kubeconfig-schema.ts';

/** Where a piece of kubeconfig comes from, and so what it may do. `name` is a path, or words such as `Secret a/west`. */
export type KubeconfigOrigin =
  /**
   * A file. One of the user's may name other files and run credential plug-ins; one that a mesh file names may have come
   * with it, and may not. Relative paths refer to `folder`.
   */
  | { readonly name: string; readonly folder: string; readonly namedBy?: 'MeshFile' }
  /** A text that others may have written: it may neither name a file nor run a program. */
  | { readonly name: string; readonly policy: 'TextOnly' };

/** An entry together with the file it stands in. */
export interface Placed<T> {
  readonly entry: T;
  readonly origin: KubeconfigOrigin;
}

/** One or several kubeconfig files as one. */
export interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly clusters: ReadonlyMap<string, Placed<ClusterEntry>>;
  readonly users: ReadonlyMap<string, Placed<UserEntry>>;
  readonly contexts: ReadonlyMap<string, Placed<ContextEntry>>;
  /** The names of the origins that were read, in order. */
  readonly origins: readonly string[];
}

export interface KubeconfigOptions {
  /** One file that must exist, instead of KUBECONFIG or ~/.kube/config. */
  readonly path?: string;
  /** Whether that file may do what the user's own may; those that the user has named anyway may. Default `Trusted`. */
  readonly pathIs?: 'Trusted' | 'Untrusted';
  readonly environment: Environment;
  /** The user's. */
  readonly homeFolder: string;
}

/**
 * Reads the kubeconfig as kubectl does: the given file, else the files that KUBECONFIG lists (missing ones are passed
 * over), else ~/.kube/config. Fails with `file-unreadable` or `invalid-kubeconfig`.
 */
export async function loadKubeconfig(options: KubeconfigOptions): Promise<Kubeconfig> {
  const listed = (options.environment.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  const mustExist = options.path !== undefined;
  const fallback = listed.length > 0 ? listed : [join(options.homeFolder, '.kube', 'config')];
  const own = new Set(fallback.map((path) => resolve(path)));
  const paths = options.path !== undefined ? [options.path] : fallback;
  const texts = await Promise.all(paths.map((path) => readIfPresent(path, mustExist)));
  const parsed = texts.flatMap((text, index) => {
    const path = paths[index];
    if (text === undefined || path === undefined) return [];
    const place = { name: path, folder: dirname(resolve(path)) };
    const isForeign = options.pathIs === 'Untrusted' && !own.has(resolve(path));
    return [parseKubeconfig(text, isForeign ? { ...place, namedBy: 'MeshFile' } : place)];
  });
  if (parsed.length === 0) {
    throw new IsthmusError('file-unreadable', `there is no kubeconfig: ${paths.join(', ')} does not exist`, {
      remedy: 'set KUBECONFIG, or give spec.access.kubeconfig in the MeshCluster',
    });
  }
  return mergeKubeconfigs(parsed);
}

async function readIfPresent(path: string, mustExist: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const absent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (absent && !mustExist) return undefined;
    throw new IsthmusError('file-unreadable', `the kubeconfig ${path} cannot be read: ${fileProblem(cause)}`, {
      cause,
      remedy: 'correct the path or the permissions of the file',
    });
  }
}

/** Parses one kubeconfig text; fails with `invalid-kubeconfig`, never quoting the text. */
export function parseKubeconfig(text: string, origin: KubeconfigOrigin): Kubeconfig {
  const file = parseFile(text, origin);
  const contexts = (file.contexts ?? []).map(({ name, context }) => [name, context] as const);
  const clusters = (file.clusters ?? []).map(({ name, cluster }) => [name, cluster] as const);
  const users = (file.users ?? []).map(({ name, user }) => [name, user ?? {}] as const);
  const current = file['current-context'];
  return {
    currentContext: current === '' ? undefined : current,
    contexts: place('context', contexts, origin),
    clusters: place('cluster', clusters, origin),
    users: place('user', users, origin),
    origins: [origin.name],
  };
}

function parseFile(text: string, origin: KubeconfigOrigin): KubeconfigFile {
  const lines = new LineCounter();
  // Whatever the parser would print itself may quote a key or a token.
  const quiet = { prettyErrors: false, stringKeys: true, logLevel: 'error' } as const;
  const document = documentOf(text, { lineCounter: lines, ...quiet });
  if (document === undefined) throw invalid(origin, `${origin.name} cannot be read: ${tooDeepText}`);
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    // The parser's own message may quote the line, which may hold a key or a token: only code and place are shown.
    const { line, col } = lines.linePos(syntax.pos[0]);
    const problem = syntax.code.toLowerCase().replaceAll('_', ' ');
    throw invalid(origin, `${origin.name}:${line}:${col} is not valid YAML (${problem})`);
  }
  const result = kubeconfigFile.safeParse(withoutNulls(contentOf(document, origin)) ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(
    origin,
    `${origin.name}: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'is not valid'}`,
  );
}

/** Undefined where the nesting exhausts the stack of the parser. */
function documentOf(text: string, options: ParseOptions & DocumentOptions): Document.Parsed | undefined {
  try {
    return parseDocument(text, options);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Aliases are resolved only here: one without an anchor, or too many of them, make the parser throw. */
function contentOf(document: Document.Parsed, origin: KubeconfigOrigin): Json {
  let content: Json;
  try {
    content = document.toJS() as Json;
  } catch {
    throw invalid(origin, `${origin.name} has a YAML alias (*name) that cannot be resolved`);
  }
  if (isTooDeep(content)) throw invalid(origin, `${origin.name} cannot be read: ${tooDeepText}`);
  return content;
}

/** kubectl writes `clusters: null` for an empty list; null and absent mean the same throughout. */
function withoutNulls(value: Json | undefined): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.map((item: Json) => withoutNulls(item)).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNulls(inner)]));
}

function place<T>(
  what: string,
  entries: readonly (readonly [string, T])[],
  origin: KubeconfigOrigin,
): Map<string, Placed<T>> {
  const map = new Map<string, Placed<T>>();
  for (const [name, entry] of entries) {
    if (map.has(name)) throw invalid(origin, `${origin.name} has two ${what}s named ${name}`);
    map.set(name, { entry, origin });
  }
  return map;
}

/** The files as one: the first that sets a value or an entry wins, entries are never mixed (as kubectl merges). */
export function mergeKubeconfigs(configs: readonly Kubeconfig[]): Kubeconfig {
  const reversed = configs.toReversed();
  return {
    currentContext: configs.find((config) => config.currentContext !== undefined)?.currentContext,
    clusters: new Map(reversed.flatMap((config) => [...config.clusters])),
    users: new Map(reversed.flatMap((config) => [...config.users])),
    contexts: new Map(reversed.flatMap((config) => [...config.contexts])),
    origins: configs.flatMap((config) => config.origins),
  };
}

function invalid(origin: KubeconfigOrigin, message: string): IsthmusError {
  const mended: Remedy =
    'policy' in origin
      ? `correct the kubeconfig in ${origin.name}`
      : remedy`compare it with ${kubectl('config', 'view')}`;
  return new IsthmusError('invalid-kubeconfig', message, { remedy: mended });
}
