import { readFile } from 'node:fs/promises';
import { digest } from '../apply/read/digest.ts';
import { IsthmusError } from '../base/error.ts';
import type { CliContext } from '../cli/shell/context.ts';
import type { RunFlags } from '../cli/shell/flags.ts';
import type { Terminal } from '../cli/shell/terminal.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readMesh } from '../mesh/read.ts';
import { declaredDigest, type PlanFile, parsePlanFile } from '../plan/plan-file.ts';
import type { ClusterRecord } from '../plan/plan-record.ts';
import { loadMesh, type MeshSource } from './mesh-file.ts';

/** What is to be planned or applied. */
export interface RunRequest {
  readonly declared: DeclaredMesh;
  /** Where the mesh came from. */
  readonly source: MeshSource;
  /** Only these clusters; left out, all. */
  readonly clusters: readonly string[] | undefined;
  readonly maxDelete: number | undefined;
  /** The plan that is to be carried out, where there is one. */
  readonly approved: readonly ClusterRecord[] | undefined;
}

/** The request of the flags alone. */
export async function requestOfFlags(flags: RunFlags, context: CliContext, terminal: Terminal): Promise<RunRequest> {
  const { file, home, clusters, maxDelete } = flags;
  const source = { ...(file === undefined ? {} : { file }), ...(home === undefined ? {} : { home }) };
  return { declared: await loadMesh(flags, context, terminal), source, clusters, maxDelete, approved: undefined };
}

/**
 * The request that a plan file holds. The mesh is the one that was planned; where a mesh file is given too, it has to
 * declare the same.
 */
export async function requestOfPlan(
  { path, flags }: { readonly path: string; readonly flags: RunFlags },
  context: CliContext,
  terminal: Terminal,
): Promise<RunRequest> {
  if (flags.clusters !== undefined || flags.home !== undefined) {
    throw new IsthmusError('usage', 'a plan says itself which mesh and which clusters it is for', {
      remedy: `run isthmus apply ${path} without --clusters and --home`,
    });
  }
  const plan = parsePlanFile(await readPlan(path), path, digest);
  const declared = declaredIn(plan, path);
  if (flags.file !== undefined) {
    const given = await loadMesh({ file: flags.file }, context, terminal);
    if (declaredDigest(given, digest) !== plan.declared) {
      throw new IsthmusError(
        'stale-plan',
        `${flags.file} declares another mesh than the one that was planned; nothing was changed`,
        {
          remedy: `make a new plan with isthmus plan -f ${flags.file} --out ${path}, look at it, and apply that`,
        },
      );
    }
  }
  return {
    declared,
    source: sourceIn(plan),
    clusters: plan.only,
    maxDelete: flags.maxDelete ?? plan.maxDelete,
    approved: plan.clusters,
  };
}

async function readPlan(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new IsthmusError('file-unreadable', `the plan ${path} cannot be read`, {
      cause,
      remedy: 'make a plan with: isthmus plan -f FILE --out PLAN; a mesh file is given with -f',
    });
  }
}

function sourceIn({ source: { file, home } }: PlanFile): MeshSource {
  return { ...(file === undefined ? {} : { file }), ...(home === undefined ? {} : { home }) };
}

function declaredIn({ documents }: PlanFile, path: string): DeclaredMesh {
  // JSON is YAML, so the documents are judged as those of a mesh file are.
  const text = documents.map((document) => JSON.stringify(document)).join('\n---\n');
  const { declared } = readMesh(text, path);
  if (declared !== undefined) return declared;
  throw new IsthmusError(
    'invalid-config',
    `the documents in ${path} do not describe a mesh for this version of Isthmus`,
    {
      remedy: 'make a plan with: isthmus plan -f FILE --out PLAN',
    },
  );
}
