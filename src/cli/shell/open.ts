import { text } from 'node:stream/consumers';
import { IsthmusError } from '../../base/error.ts';
import { option, remedy } from '../../base/remedy.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import { openMesh } from '../../engine/open-mesh.ts';
import type { MeshSource } from '../../engine/source.ts';
import { nodePorts } from '../../node-ports.ts';
import type { CliContext } from './context.ts';
import { createReporter } from './event-text.ts';
import { renderFindings } from './finding-text.ts';
import type { AllowanceFlags } from './flags.ts';
import { contextsOf, type SourceNames, sourceFlags } from './source-flags.ts';
import type { Terminal } from './terminal.ts';

/** Opens the mesh that flags name. What happens meanwhile and what is worth correcting in its documents goes to stderr. */
export async function openSession(
  source: MeshSource,
  names: SourceNames & AllowanceFlags,
  { context, terminal }: CommandRun,
): Promise<MeshSession> {
  const reporter = createReporter(terminal);
  const ports = nodePorts(context.process.env);
  const { allowInsecureTls, trustKubeconfig } = names;
  const allowances = { allowInsecureTls, trustKubeconfig };
  const session = await openMesh(source, { ...ports, signal: context.signal, onEvent: reporter.show }, allowances);
  reporter.alignTo(session.clusters);
  terminal.stderr(renderFindings(session.findings, { color: terminal.color, source: sourceFlags(names) }));
  return session;
}

/** What a command runs with. */
export interface CommandRun {
  readonly context: CliContext;
  readonly terminal: Terminal;
}

/** Opens the mesh of `--file`, `--home` or, where a command has it, `--snapshot`. */
export async function openNamed(
  names: SourceNames & AllowanceFlags & { readonly clusters?: readonly string[] | undefined },
  run: CommandRun,
): Promise<MeshSession> {
  return await openSession(await sourceOf(names), names, run);
}

async function sourceOf(
  names: SourceNames & { readonly clusters?: readonly string[] | undefined },
): Promise<MeshSource> {
  const { file, home, snapshot, clusters, context, accept } = names;
  if (snapshot !== undefined) {
    if (file === undefined && home === undefined && clusters === undefined) return { snapshot };
    throw new IsthmusError('usage', '--snapshot names all that is read', {
      remedy: remedy`leave ${option('file')}, ${option('home')} and ${option('clusters')} out`,
    });
  }
  if (file !== undefined && home !== undefined) {
    throw new IsthmusError('usage', '--file and --home both name the mesh', { remedy: 'give one of them' });
  }
  if (home === undefined && (context !== undefined || accept !== undefined)) {
    throw new IsthmusError('usage', '--context and --accept are for the documents of a home cluster', {
      remedy: remedy`leave them out, or name the home cluster with ${option('home', 'CONTEXT')}; a mesh file has spec.access of each MeshCluster`,
    });
  }
  if (file === '-') return { text: await text(process.stdin), name: 'standard input' };
  if (file !== undefined) return { file };
  if (home !== undefined) return { home, accept, contexts: contextsOf(context ?? []) };
  throw new IsthmusError('usage', 'no mesh is named', {
    remedy: remedy`give the mesh file with ${option('file', 'FILE')}, or the context of the mesh's home cluster with ${option('home', 'CONTEXT')}`,
  });
}
