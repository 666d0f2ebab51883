import { expect, test } from 'vitest';
import { IsthmusError } from '../../base/error.ts';
import { runExplain } from './run.ts';

function explained(path?: string, flags: { readonly recursive?: boolean } = {}): string {
  let text = '';
  const stdout = (part: string): void => {
    text += part;
  };
  runExplain(path, flags, { stdout, stderr: stdout, color: false });
  return text;
}

function refusal(path: string): IsthmusError {
  try {
    explained(path);
  } catch (thrown) {
    if (thrown instanceof IsthmusError) return thrown;
  }
  throw new Error(`${path} was explained`);
}

test('without a name the kinds are listed', () => {
  expect(explained()).toMatch(/^KIND +ALSO +DESCRIPTION\nMesh +meshes +A mesh: /);
});

test('a field is described with its type, default, limits and fields', () => {
  expect(explained('meshcluster.spec.gateway')).toContain(
    [
      'KIND:     MeshCluster',
      'VERSION:  isthmus.dev/v1alpha1',
      'FIELD:    MeshCluster.spec.gateway <Object>',
      '',
      'DESCRIPTION:',
      '  The east-west gateway, where the mesh spans networks or another cluster needs',
      '  this istiod.',
      '  Default: {"type":"LoadBalancer"}',
      '  Limits: addressesByNetwork needs addresses too, for the networks that it does',
      '  not name',
      '',
      'FIELDS:',
      '  type <string>',
      "    The type of the gateway's Service.",
      '    Default: "LoadBalancer"',
      '    Limits: one of LoadBalancer, NodePort',
    ].join('\n'),
  );
});

test('fields that must be given are marked, and the fields of fields are listed on request', () => {
  const tree = explained('mesh', { recursive: true });
  expect(tree).toContain(
    '\n    istio <Object> -required-\n      version <string> -required-\n      renderer <string>\n',
  );
});

test.each(['mc.spec.network', 'meshclusters.spec.network', 'MeshCluster.spec.NETWORK'])('%s is taken', (path) => {
  expect(explained(path)).toContain('MeshCluster.spec.network <string>');
});

test.each([
  ['meshclutser', 'there is no kind meshclutser', 'did you mean meshcluster?'],
  ['pod', 'there is no kind pod', 'the kinds are Mesh, MeshCluster, MeshService'],
  ['mc.spec.gatway', 'MeshCluster.spec has no field gatway', 'did you mean gateway?'],
  [
    'mc.spec.istio.values.global',
    'MeshCluster.spec.istio.values has no field global',
    'it has none: its content is free',
  ],
])('%s is refused', (path, message, remedy) => {
  expect(refusal(path)).toMatchObject({ code: 'usage', message, remedy });
});

test('no line is longer than 80 columns but a single word', () => {
  for (const kind of ['mesh.spec', 'meshcluster.spec', 'meshservice.spec']) {
    const long = explained(kind)
      .split('\n')
      .filter((line) => line.length > 80 && line.trim().includes(' '));
    expect(long).toEqual([]);
  }
});
