import { text } from 'node:stream/consumers';
import { IsthmusError } from '../../base/error.ts';
import { option, remedy } from '../../base/remedy.ts';
import type { EngineEvent } from '../../engine/events.ts';
import type { MeshSession } from '../../engine/mesh-session.ts';
import { openMesh } from '../../engine/open-mesh.ts';
import type { EnginePorts } from '../../engine/ports.ts';
import type { MeshSource } from '../../engine/source.ts';
import { nodePorts } from '../../node-ports.ts';
import type { CliContext } from './context.ts';
import { createReporter } from './event-text.ts';
import { renderFindings } from './finding-text.ts';
import type { AllowanceFlags, VoiceFlags } from './flags.ts';
import { createRequestLog } from './request-log.ts';
import { contextsOf, type SourceNames, sourceFlags } from './source-flags.ts';
import type { Terminal } from './terminal.ts';

/** Opens the mesh that flags name. What happens meanwhile and what is worth correcting in its documents goes to stderr. */
export async function openSession(
  source: MeshSource,
  names: SourceNames & AllowanceFlags & VoiceFlags,
  { context, terminal, connections, onEvent }: CommandRun,
): Promise<MeshSession> {
  const reporter = createReporter(terminal, names);
  const ports = commandPorts(names, { context, terminal });
  const { allowInsecureTls, trustKubeconfig } = names;
  const kept = connections === undefined ? {} : { connections };
  const options = { allowInsecureTls, trustKubeconfig, ...kept };
  const session = await openMesh(source, { ...ports, onEvent: onEvent ?? reporter.show }, options);
  reporter.alignTo(session.clusters);
  terminal.stderr(renderFindings(session.findings, { color: terminal.color, source: sourceFlags(names) }));
  return session;
}

/** The ports of this process, with the log of requests where it is asked for. */
export function commandPorts({ verbose }: VoiceFlags, { context, terminal }: CommandRun): EnginePorts {
  const logger = verbose === true ? createRequestLog(terminal) : undefined;
  const ports = { ...nodePorts(context.process.env), signal: context.signal };
  return logger === undefined ? ports : { ...ports, logger };
}

/** What a command runs with. */
export interface CommandRun {
  readonly context: CliContext;
  readonly terminal: Terminal;
  /** `Kept` for a command that looks again and again; the session is disposed then. */
  readonly connections?: 'Kept';
  /** What hears of events in the place of lines on stderr. */
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
}

/** Opens the mesh of `--file`, `--home` or, where a command has it, `--snapshot`. */
export async function openNamed(
  names: SourceNames & AllowanceFlags & VoiceFlags & { readonly clusters?: readonly string[] | undefined },
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
  throw new IsthmusError('usage', 'no mesh file is given', {
    remedy: remedy`give the mesh file with ${option('file', 'FILE')}, or the context of the mesh's home cluster with ${option('home', 'CONTEXT')}`,
  });
}
