import { expect, test } from 'vitest';
import { remoteSecret } from '../istio/remote-secret.ts';
import { nodePorts } from '../node-ports.ts';
import { connectByRemoteSecret } from './remote-access.ts';

const access = { cluster: 'east', server: 'https://198.51.100.7:6443', token: 'a.b.c' };
const ports = nodePorts({ PATH: '/nowhere' });

test('a remote secret is a way to the cluster that it names, and to no other', async () => {
  const secret = remoteSecret({ ...access, certificateAuthority: '' });
  await expect(connectByRemoteSecret('north', secret, ports)).rejects.toMatchObject({
    code: 'invalid-kubeconfig',
    cluster: 'north',
  });
});

test('a kubeconfig in it that runs a program is refused, and its text is not repeated', async () => {
  const text = [
    'apiVersion: v1',
    'kind: Config',
    'current-context: east',
    'clusters: [{name: east, cluster: {server: "https://198.51.100.7:6443"}}]',
    'contexts: [{name: east, context: {cluster: east, user: east}}]',
    'users: [{name: east, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: steal-it}}}]',
  ].join('\n');
  const secret = {
    ...remoteSecret({ ...access, certificateAuthority: '' }),
    data: { east: Buffer.from(text).toString('base64') },
  };
  const refused = await connectByRemoteSecret('east', secret, ports).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'invalid-kubeconfig', cluster: 'east' });
  expect(String(refused)).not.toContain('steal-it');
});
