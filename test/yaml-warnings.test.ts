import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { encodeBase64Text } from '../src/base/base64.ts';
import { buildIstiodViews } from '../src/discovery/registry/view.ts';
import { parseRemoteSecret } from '../src/istio/remote-secret.ts';
import { parseKubeconfig } from '../src/kube/access/kubeconfig.ts';
import { readText } from '../src/mesh/text/read-text.ts';
import { redactObject } from '../src/snapshot/redact.ts';
import { documentsOf } from '../src/snapshot/yaml-stream.ts';

/**
 * The YAML parser prints warnings on standard error by itself, with words of the text in them: past the place that
 * cleans what goes to a terminal, and past what keeps credentials out of messages.
 */
const warned = '? {token: "s3cret \\e]52;c;eA==\\a"}\n: !unknown x\n';

const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio', namespace: 'istio-system' } };
const remote = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'remote', namespace: 'istio-system' } };
const istiod = {
  cluster: 'west',
  runsIn: 'west',
  serves: ['west'],
  remotes: ['east'],
  flags: {},
  meshConfig: {},
  meshNetworks: {},
  domain: 'cluster.local',
  namespace: 'istio-system',
};

const readers: readonly (readonly [string, (text: string) => unknown])[] = [
  ['a mesh file', (text) => readText(text, 'mesh.yaml')],
  ['a kubeconfig', (text) => parseKubeconfig(text, { name: 'config', folder: '/' })],
  ['a document of a snapshot', (text) => documentsOf('objects.yaml', text)],
  ['a mesh configuration that is stored', (text) => redactObject({ ...settings, data: { mesh: text } })],
  [
    'the mesh configuration of a remote cluster',
    (mesh) =>
      buildIstiodViews({
        clusters: [
          { cluster: 'west', objects: [] },
          { cluster: 'east', objects: [{ ...settings, data: { mesh } }] },
        ],
        istiods: [istiod],
      }),
  ],
  ['a remote secret', (text) => parseRemoteSecret({ ...remote, data: { east: encodeBase64Text(text) } })],
];

test.each(readers)('%s is read without a word of the parser', (_, read) => {
  using emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    read(warned);
  } catch {
    // What cannot be read is named by its own error.
  }
  expect(emitted).not.toHaveBeenCalled();
});

test('whoever parses YAML lets the parser print nothing', () => {
  const root = join(import.meta.dirname, '..');
  const loud = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
    .filter(({ text }) => /import \{[^}]*\bparse(Document|AllDocuments)?\b[^}]*\} from 'yaml'/.test(text))
    .filter(({ text }) => !text.includes("logLevel: 'error'"))
    .map(({ file }) => file);
  expect(loud).toEqual([]);
});
