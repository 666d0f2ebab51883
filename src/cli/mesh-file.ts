import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { IsthmusError } from '../base/error.ts';
import { renderFindings } from '../base/finding-text.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readMesh } from '../mesh/read.ts';
import type { Terminal } from './terminal.ts';

/**
 * The declared mesh of a file (`-`: standard input). Findings go to stderr, all at once; with an error among them
 * nothing is done: `invalid-config`.
 */
export async function loadMesh(path: string, terminal: Terminal): Promise<DeclaredMesh> {
  const name = path === '-' ? 'standard input' : path;
  const { declared, findings } = readMesh(await readSource(path), name);
  if (findings.length > 0) terminal.stderr(renderFindings(findings, { color: terminal.color }));
  if (declared !== undefined) return declared;
  throw new IsthmusError('invalid-config', `${name} does not describe a mesh; nothing was changed`, {
    hint: 'correct what is marked above and run the same command again',
  });
}

async function readSource(path: string): Promise<string> {
  if (path === '-') return await text(process.stdin);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const reason =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw new IsthmusError('file-unreadable', `${path} ${reason}`, { cause, hint: 'give the mesh file with --file' });
  }
}
