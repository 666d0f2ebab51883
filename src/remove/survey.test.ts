import { expect, test } from 'vitest';
import { connect } from '../kube/connect.ts';
import { testPorts } from '../kube/testing/ports.ts';
import { answer, startScripted } from '../kube/testing/scripted-server.ts';
import { readSurvey } from './survey.ts';

const resource = { name: 'configmaps', namespaced: true, kind: 'ConfigMap', verbs: ['list', 'delete'] };

/** A cluster that serves ConfigMaps alone, with these items. */
async function survey(items: readonly string[]) {
  await using server = await startScripted(({ path }, response) => {
    if (path === '/apis') return answer(response, 200, { groups: [] });
    if (path === '/api/v1') return answer(response, 200, { resources: [resource] });
    response.writeHead(200).end(`{"metadata":{},"items":[${items.join(',')}]}`);
  });
  await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
  return await readSurvey(client, { signal: new AbortController().signal });
}

test('managed fields of any depth leave a survey as it is', async () => {
  const deep = `${'{"f:a":'.repeat(9_000)}{}${'}'.repeat(9_000)}`;
  const { objects, unreadable } = await survey([
    `{"metadata":{"name":"a","namespace":"t","managedFields":[{"fieldsV1":${deep}}]}}`,
  ]);
  expect(objects.map(({ metadata }) => metadata.name)).toEqual(['a']);
  expect(unreadable).toEqual([]);
});

test('what cannot be read is left alone and named', async () => {
  const { objects, unreadable } = await survey([
    '{"metadata":{"name":"a","labels":{"b":[]}}}',
    '{"metadata":{"name":"b"}}',
  ]);
  expect(objects.map(({ metadata }) => metadata.name)).toEqual(['b']);
  expect(unreadable).toEqual([{ object: 'ConfigMap a', problem: 'its metadata is not that of a Kubernetes object' }]);
});
