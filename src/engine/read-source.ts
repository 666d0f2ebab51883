import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digest } from '../apply/read/digest.ts';
import { IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { option, remedy, run } from '../base/remedy.ts';
import { openContext } from '../fleet/fleet.ts';
import { checkDocuments } from '../mesh/check/check-documents.ts';
import type { DeclaredMesh, MeshReading } from '../mesh/declared.ts';
import { withGiven } from '../mesh/given.ts';
import { readText } from '../mesh/text/read-text.ts';
import { readHome } from '../observe/home.ts';
import { declaredDigest, type PlanFile, parsePlanFile } from '../plan/plan-file.ts';
import { meshFileName, readSnapshotFolder, type StoredSnapshot } from '../snapshot/folder.ts';
import type { EnginePorts } from './ports.ts';
import type { MeshOrigin, MeshSource } from './source.ts';

/** What a source holds. */
export interface ReadSource {
  readonly origin: MeshOrigin;
  /** The declared mesh, or why there is none: a snapshot need not have one. */
  readonly declared: DeclaredMesh | IsthmusError;
  /** Errors among them are in Istio's settings: they keep from making anything of the mesh, and from nothing else. */
  readonly findings: readonly Finding[];
  /** Where the paths of the mesh file start. */
  readonly folder: string;
  readonly plan?: PlanFile;
  readonly stored?: StoredSnapshot;
}

/** Reads a source. Throws `invalid-config` with findings where it does not describe a mesh, `file-unreadable` where it cannot be read */
export async function readSource(source: MeshSource, ports: EnginePorts): Promise<ReadSource> {
  if ('plan' in source) return await readPlan(source, ports);
  if ('snapshot' in source) return await readStored(source.snapshot);
  if ('home' in source) {
    const { home, contexts, accept } = source;
    const signal = ports.signal ?? new AbortController().signal;
    await using client = await openContext(home, ports);
    const read = declaredIn(checkDocuments(await readHome(client, signal)), `the home cluster ${home}`);
    const origin = { home, contexts, accept };
    return { ...read, declared: byUsersWord(read.declared, origin, ports), origin, folder: '.' };
  }
  if ('text' in source) {
    const { text, name } = source;
    return { ...declaredIn(readText(text, name), name), origin: { file: '-' }, folder: '.' };
  }
  return await readMeshFile(source.file);
}

/** The mesh with what the user gave besides its documents. Throws `invalid-config` with a finding for each value that lacks it. */
function byUsersWord(
  declared: DeclaredMesh,
  origin: MeshOrigin & { readonly home: string },
  ports: EnginePorts,
): DeclaredMesh {
  const connects = ports.connect === undefined ? 'AsDeclared' : 'ByCaller';
  const given = withGiven(declared, { ...origin, connects });
  if (given.declared !== undefined) return given.declared;
  throw new IsthmusError(
    'invalid-config',
    `the documents in the home cluster ${origin.home} are not enough for the contexts, files and charts of your machine; nothing was changed`,
    {
      findings: given.findings,
      remedy: remedy`look at each of them, and ${{ do: 'Repeat' }} with those that you mean; a mesh file of your own, given with ${option('file', 'FILE')}, needs none of this`,
    },
  );
}

async function readMeshFile(file: string): Promise<ReadSource> {
  return { ...declaredIn(readText(await textOf(file), file), file), origin: { file }, folder: dirname(file) };
}

function declaredIn(
  { declared, findings }: MeshReading,
  name: string,
): Pick<ReadSource, 'findings'> & { readonly declared: DeclaredMesh } {
  if (declared !== undefined) return { declared, findings };
  throw new IsthmusError('invalid-config', `${name} does not describe a mesh; nothing was changed`, {
    findings,
    remedy: remedy`correct what is marked above and ${{ do: 'Repeat' }}`,
  });
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new IsthmusError('file-unreadable', `${path} ${unreadableFor(path, cause)}`, {
      cause,
      remedy: isAddress(path)
        ? remedy`fetch it first, and give it on standard input with ${option('file', '-')}`
        : remedy`give the mesh file with ${option('file', 'FILE')}`,
    });
  }
}

function unreadableFor(path: string, cause: unknown): string {
  if (isAddress(path)) return 'is an address, and no file';
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EISDIR') return 'is a folder: the documents of a mesh stand in one file';
  return code === 'ENOENT' ? 'does not exist' : 'cannot be read';
}

function isAddress(path: string): boolean {
  return /^[a-z]+:\/\//i.test(path);
}

/** A snapshot is of use without a mesh file too; only what compares with the declared mesh needs one. */
async function readStored(snapshot: string): Promise<ReadSource> {
  const stored = await readSnapshotFolder(snapshot);
  const origin = { snapshot };
  try {
    return { ...(await readMeshFile(join(snapshot, meshFileName))), origin, stored };
  } catch (error) {
    if (!(error instanceof IsthmusError)) throw error;
    return { declared: error, findings: [], folder: snapshot, origin, stored };
  }
}

async function readPlan(
  { plan: path, file }: Extract<MeshSource, { plan: string }>,
  ports: EnginePorts,
): Promise<ReadSource> {
  const plan = parsePlanFile(await planText(path), path, digest);
  const { declared: written, findings } = plannedMesh(plan, path);
  if (file !== undefined) {
    const given = declaredIn(readText(await textOf(file), file), file);
    if (declaredDigest(given.declared, digest) !== plan.declared) {
      throw new IsthmusError(
        'stale-plan',
        `${file} declares another mesh than the one that was planned; nothing was changed`,
        { remedy: remedy`make a new plan with ${run('plan', { file, out: path })}, look at it, and apply that` },
      );
    }
  }
  const origin: MeshOrigin = plan.source;
  const { home } = origin;
  // What the user gave for the plan counts for its apply too: the plan was made of both.
  const declared = home === undefined ? written : byUsersWord(written, { ...origin, home }, ports);
  const folder = origin.file === undefined || origin.file === '-' ? '.' : dirname(origin.file);
  return { declared, findings, origin, folder, plan };
}

async function planText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new IsthmusError('file-unreadable', `the plan ${path} cannot be read`, {
      cause,
      remedy: remedy`make a plan with ${run('plan', { file: 'FILE', out: 'PLAN' })}; a mesh file is given with ${option('file')}`,
    });
  }
}

function plannedMesh({ documents }: PlanFile, path: string): Pick<ReadSource, 'findings'> & { declared: DeclaredMesh } {
  const { declared, findings } = checkDocuments(documents);
  if (declared !== undefined) return { declared, findings };
  throw new IsthmusError(
    'invalid-config',
    `the documents in ${path} do not describe a mesh for this version of Isthmus`,
    { remedy: remedy`make a plan with ${run('plan', { file: 'FILE', out: 'PLAN' })}` },
  );
}
