import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { IsthmusError } from '../base/error.ts';
import type { CliContext } from '../cli/shell/context.ts';
import { renderFindings } from '../cli/shell/finding-text.ts';
import type { Terminal } from '../cli/shell/terminal.ts';
import { openContext } from '../fleet/fleet.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readMesh } from '../mesh/read.ts';
import { readHome } from '../observe/home.ts';

/** Where the declared mesh is taken from: exactly one of the two. */
export interface MeshSource {
  /** A path; `-` for standard input. */
  readonly file?: string;
  /** The context of the home cluster. */
  readonly home?: string;
}

/** The flags that name the source again, for the commands that a text proposes. */
export function sourceFlags({ file, home }: MeshSource): string {
  return file === undefined ? `--home ${home ?? ''}` : `-f ${file}`;
}

/**
 * The declared mesh of a file or of the home cluster. Findings go to stderr, all at once; with an error among them
 * nothing is done: `invalid-config`.
 */
export async function loadMesh(source: MeshSource, context: CliContext, terminal: Terminal): Promise<DeclaredMesh> {
  const { name, text: content } = await readDocuments(source, context);
  const { declared, findings } = readMesh(content, name);
  if (findings.length > 0) terminal.stderr(renderFindings(findings, { color: terminal.color }));
  if (declared !== undefined) return declared;
  throw new IsthmusError('invalid-config', `${name} does not describe a mesh; nothing was changed`, {
    remedy: 'correct what is marked above and run the same command again',
  });
}

async function readDocuments(
  { file, home }: MeshSource,
  { process: { env }, signal }: CliContext,
): Promise<{ readonly name: string; readonly text: string }> {
  if (file !== undefined && home !== undefined) {
    throw new IsthmusError('usage', '--file and --home both name the mesh', { remedy: 'give one of them' });
  }
  if (file !== undefined) return { name: file === '-' ? 'standard input' : file, text: await readSource(file) };
  if (home === undefined) {
    throw new IsthmusError('usage', 'no mesh is named', {
      remedy: "give the mesh file with -f FILE, or the context of the mesh's home cluster with --home CONTEXT",
    });
  }
  await using client = await openContext(home, { env, signal });
  return { name: `the home cluster ${home}`, text: await readHome(client, signal) };
}

async function readSource(path: string): Promise<string> {
  if (path === '-') return await text(process.stdin);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const reason =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw new IsthmusError('file-unreadable', `${path} ${reason}`, { cause, remedy: 'give the mesh file with --file' });
  }
}
