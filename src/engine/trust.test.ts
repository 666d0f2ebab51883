import { expect, test } from 'vitest';
import { IsthmusError } from '../base/error.ts';
import { createFake, type FakeCall } from '../kube/testing/fake.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import { nodePorts } from '../node-ports.ts';
import type { TrustReport } from '../report/trust.ts';
import { openMesh } from './open-mesh.ts';

const text = stream(meshText, clusterText('west'));

/** What trust says where these calls are refused. */
async function trustWithout(what: (call: FakeCall) => boolean): Promise<TrustReport> {
  const intercept = (call: FakeCall): void => {
    if (what(call)) throw new IsthmusError('access-denied', `ann may not ${call.verb} it`);
  };
  const client = createFake({ cluster: 'west', intercept });
  const ports = { ...nodePorts({ PATH: '/nowhere', HOME: '/nowhere' }), connect: async () => client };
  return await (await openMesh({ text, name: 'mesh.yaml' }, ports)).trust();
}

const unread = ({ findings }: TrustReport) =>
  findings.filter(({ message }) => message.includes('ann may not')).map(({ severity, message }) => [severity, message]);

test('no right is mentioned where all of it may be read', async () => {
  expect(unread(await trustWithout(() => false))).toEqual([]);
});

test('an issuer that may not be read is named, and what clusters hold of it stands for it', async () => {
  const report = await trustWithout(({ verb, what }) => verb === 'get' && what.endsWith('isthmus-issuer'));
  expect(unread(report)).toEqual([
    ['warning', 'the issuer was not read, and what cacerts hold of it stands for it: ann may not get it'],
  ]);
});

test('where istiods may not be read it is unknown which mesh the cluster holds', async () => {
  const report = await trustWithout(({ verb, kind }) => verb === 'list' && kind === 'Deployment');
  expect(unread(report)).toContainEqual([
    'error',
    'whether it holds this mesh and not another one is not known: ann may not list it',
  ]);
  expect(report.ok).toBe(false);
});
