import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handClock } from '../kube/testing/hand-clock.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { readText } from '../mesh/text/read-text.ts';
import { issuerFileFindings, readIssuerFiles } from './issuer-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-issuer-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function declared(issuer: string): DeclaredMesh {
  const head = `apiVersion: isthmus.dev/v1alpha1\nkind: Mesh\nmetadata: {name: shop}\nspec: {istio: {version: "1.31"}, trust: {issuer: ${issuer}}}\n`;
  const { declared: found, findings } = readText(
    `${head}---\napiVersion: isthmus.dev/v1alpha1\nkind: MeshCluster\nmetadata: {name: west}\nspec: {network: us}\n`,
    'mesh.yaml',
  );
  if (found === undefined) throw new Error(JSON.stringify(findings));
  return found;
}

test("paths are relative to the mesh file's folder, or absolute", async () => {
  await Promise.all(['ca.pem', 'ca.key', 'root.pem'].map((name) => writeFile(join(folder, name), `text of ${name}`)));
  const mesh = declared(`{files: {certificate: ca.pem, privateKey: ${join(folder, 'ca.key')}, root: ./root.pem}}`);
  expect(await readIssuerFiles(mesh, folder)).toEqual({
    certificate: 'text of ca.pem',
    privateKey: 'text of ca.key',
    root: 'text of root.pem',
  });
});

test('every file that is not there is named with its field', async () => {
  await writeFile(join(folder, 'ca.key'), 'text');
  const mesh = declared('{files: {certificate: ca.pem, privateKey: ca.key, root: .}}');
  await expect(readIssuerFiles(mesh, folder)).rejects.toMatchObject({
    code: 'file-unreadable',
    message: expect.stringMatching(
      /ca\.pem \(spec\.trust\.issuer\.files\.certificate\) does not exist; .* \(spec\.trust\.issuer\.files\.root\) cannot be read$/,
    ),
  });
});

test('what is wrong with the texts is found without any cluster', async () => {
  const mesh = declared('{files: {certificate: ca.pem, privateKey: ca.key, root: root.pem}}');
  const ports = { crypto: globalThis.crypto, clock: handClock() };
  const texts = { certificate: '', privateKey: 'x', root: 'x' };
  expect(await issuerFileFindings(mesh, texts, ports)).toMatchObject([
    { code: 'trust-bundle', severity: 'error', message: 'issuer: ca.pem missing or empty' },
  ]);
  expect(await issuerFileFindings(mesh, undefined, ports)).toEqual([]);
});

test('other issuers have no files', async () => {
  expect(await readIssuerFiles(declared('{generated: {}}'), folder)).toBeUndefined();
  expect(await readIssuerFiles(declared('{secret: corporate}'), folder)).toBeUndefined();
});
