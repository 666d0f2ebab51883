import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { IsthmusError } from '../base/error.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import type { IssuerTexts } from '../pki/read-issuer.ts';
import type { MeshSource } from './mesh-file.ts';

/**
 * The texts of `spec.trust.issuer.files`; undefined where the mesh keeps its issuer elsewhere. The paths are relative to
 * the mesh file's folder, or to the working directory where the mesh comes from standard input or the home cluster.
 */
export async function readIssuerFiles(
  { mesh }: Pick<DeclaredMesh, 'mesh'>,
  { file }: MeshSource,
): Promise<IssuerTexts | undefined> {
  const { files } = mesh.spec.trust.issuer;
  if (files === undefined) return undefined;
  const folder = file === undefined || file === '-' ? '.' : dirname(file);
  const fields = ['certificate', 'privateKey', 'root'] as const;
  const texts = await Promise.all(fields.map((field) => readText(resolve(folder, files[field]))));
  const unread = fields.flatMap((field, index) => {
    const text = texts[index];
    const name = `${resolve(folder, files[field])} (spec.trust.issuer.files.${field})`;
    return typeof text === 'string'
      ? []
      : [`${name} ${text?.isMissing === true ? 'does not exist' : 'cannot be read'}`];
  });
  const [certificate, privateKey, root] = texts;
  if (typeof certificate === 'string' && typeof privateKey === 'string' && typeof root === 'string') {
    return { certificate, privateKey, root };
  }
  throw new IsthmusError('file-unreadable', unread.join('; '), {
    remedy: "the issuer's files are needed wherever apply runs; paths are relative to the mesh file's folder",
  });
}

async function readText(path: string): Promise<string | { readonly isMissing: boolean }> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    return { isMissing: cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' };
  }
}
