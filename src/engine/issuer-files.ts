import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { timeOf } from '../base/clock.ts';
import { IsthmusError } from '../base/error.ts';
import type { Finding } from '../base/finding.ts';
import { seen } from '../diagnose/facts/reading.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { type IssuerTexts, readIssuer } from '../pki/read-issuer.ts';
import type { EnginePorts } from './ports.ts';

/**
 * The texts of `spec.trust.issuer.files`; undefined where the mesh keeps its issuer elsewhere. The paths are relative to
 * `folder`: that of the mesh file, or the working directory where the mesh comes from elsewhere.
 */
export async function readIssuerFiles(
  { mesh }: Pick<DeclaredMesh, 'mesh'>,
  folder: string,
): Promise<IssuerTexts | undefined> {
  const { files } = mesh.spec.trust.issuer;
  if (files === undefined) return undefined;
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
    remedy: "the issuer's files are needed where an apply runs; paths are relative to the mesh file's folder",
  });
}

/** What is wrong with those texts, for a run that cannot begin for another reason: both can be mended at once. */
export async function issuerFileFindings(
  { mesh }: Pick<DeclaredMesh, 'mesh'>,
  texts: IssuerTexts | undefined,
  { crypto, clock }: Pick<EnginePorts, 'crypto' | 'clock'>,
): Promise<readonly Finding[]> {
  const { domain: trustDomain, issuer } = mesh.spec.trust;
  if (texts === undefined || issuer.files === undefined) return [];
  const { problems } = await readIssuer(texts, { names: issuer.files, trustDomain }, { crypto, now: clock.now() });
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ message }) => ({
      code: 'trust-bundle',
      severity: 'error',
      category: 'Trust',
      message: `issuer: ${message}`,
      remedy: 'correct what spec.trust.issuer names',
      evidence: seen(message, 'spec.trust.issuer.files', timeOf(clock)),
    }));
}

async function readText(path: string): Promise<string | { readonly isMissing: boolean }> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    return { isMissing: cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' };
  }
}
