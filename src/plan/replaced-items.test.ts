import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { lacksItems, replacedItems, takenOver, withFoundKeys, withKept, withWantedKeys } from './replaced-items.ts';

const metadata = { name: 'istio-eastwestgateway', namespace: 'istio-system' };
const port = (number: number, name: string, target = number): JsonObject => ({
  name,
  port: number,
  targetPort: target,
  protocol: 'TCP',
});
const service = (...ports: readonly JsonObject[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { type: 'LoadBalancer', ports },
});
const item = { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {}, 'f:targetPort': {} };

const wanted = service(port(15021, 'status-port'), port(15443, 'tls'));
/** As a server holds it after `kubectl edit`, 15021 to 15022. */
const live: KubeObject = {
  ...service({ ...port(15022, 'status-port', 15021), nodePort: 30001 }, { ...port(15443, 'tls'), nodePort: 30002 }),
  metadata: {
    ...metadata,
    managedFields: [
      {
        manager: 'isthmus',
        operation: 'Apply',
        fieldsV1: { 'f:spec': { 'f:type': {}, 'f:ports': { 'k:{"port":15443,"protocol":"TCP"}': item } } },
      },
      {
        manager: 'kubectl-edit',
        operation: 'Update',
        fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":15022,"protocol":"TCP"}': item } } },
      },
    ],
  },
};

describe("a Service's port with another number", () => {
  const items = replacedItems(wanted, live);

  test('is the one that has our name', () => {
    expect(lacksItems(wanted, live)).toBe(true);
    expect(items).toEqual([
      {
        list: ['spec', 'ports'],
        found: { port: 15022, protocol: 'TCP' },
        wanted: { port: 15021, protocol: 'TCP' },
        kept: { nodePort: 30001 },
      },
    ]);
  });

  test('is not found by a member of a field set that cannot be read', () => {
    for (const member of ['k:\u202e{"port":15022}', 'k:null', 'k:{']) {
      const broken = {
        manager: 'somebody',
        operation: 'Update',
        fieldsV1: { 'f:spec': { 'f:ports': { [member]: item } } },
      };
      const managedFields = [broken, ...(live.metadata.managedFields as readonly JsonObject[])];
      expect(replacedItems(wanted, { ...live, metadata: { ...metadata, managedFields } }), member).toEqual(items);
      expect(replacedItems(wanted, { ...live, metadata: { ...metadata, managedFields: [broken] } }), member).toEqual(
        [],
      );
    }
  });

  test('is tried under the number that it has, and shown with ours', () => {
    const tried = withFoundKeys(wanted, items);
    expect(tried.spec).toMatchObject({ ports: [{ port: 15022, targetPort: 15021 }, { port: 15443 }] });
    expect(withWantedKeys(tried, items)).toEqual(wanted);
    expect(withKept(wanted, items).spec).toMatchObject({ ports: [{ port: 15021, nodePort: 30001 }, { port: 15443 }] });
  });

  test('becomes ours, and an entry that held nothing else is gone', () => {
    const entries = takenOver(live, items);
    expect(entries).toEqual([
      {
        manager: 'isthmus',
        operation: 'Apply',
        fieldsV1: {
          'f:spec': {
            'f:type': {},
            'f:ports': {
              'k:{"port":15443,"protocol":"TCP"}': item,
              'k:{"port":15022,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} },
            },
          },
        },
      },
    ]);
  });

  test("is nobody else's port", () => {
    const foreign = { ...live, spec: { ports: [port(15022, 'metrics'), port(15443, 'tls')] } };
    expect(replacedItems(wanted, foreign)).toEqual([]);
  });
});

describe('an item of a list in a list', () => {
  const pod = (containers: readonly JsonObject[]): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { template: { spec: { containers } } },
  });
  const held = (fields: JsonObject): JsonObject => ({
    'f:spec': { 'f:template': { 'f:spec': { 'f:containers': fields } } },
  });
  const managed = (containers: readonly JsonObject[], ours: JsonObject, theirs: JsonObject): KubeObject => {
    const object = pod(containers);
    const managedFields = [
      { manager: 'isthmus', operation: 'Apply', fieldsV1: held(ours) },
      { manager: 'kubectl-edit', operation: 'Update', fieldsV1: held(theirs) },
    ];
    return { ...object, metadata: { ...object.metadata, managedFields } };
  };
  const discovery = 'k:{"name":"discovery"}';

  test('is found by the keys of both lists: a port of a container', () => {
    const ports = [{ name: 'grpc', containerPort: 15012, protocol: 'TCP' }];
    const there = managed(
      [{ name: 'discovery', image: 'pilot', ports: [{ ...ports[0], containerPort: 15013 }] }],
      { [discovery]: { '.': {}, 'f:name': {}, 'f:image': {}, 'f:ports': {} } },
      { [discovery]: { 'f:ports': { 'k:{"containerPort":15013,"protocol":"TCP"}': { '.': {} } } } },
    );
    const items = replacedItems(pod([{ name: 'discovery', image: 'pilot', ports }]), there);
    expect(items).toMatchObject([
      {
        list: ['spec', 'template', 'spec', 'containers', { name: 'discovery' }, 'ports'],
        found: { containerPort: 15013, protocol: 'TCP' },
        wanted: { containerPort: 15012, protocol: 'TCP' },
      },
    ]);
  });

  const container = { name: 'discovery', image: 'pilot', args: ['discovery'] };
  const renamed = managed(
    [{ ...container, name: 'other', imagePullPolicy: 'Always' }],
    {},
    { 'k:{"name":"other"}': { '.': {}, 'f:name': {}, 'f:image': {}, 'f:args': {} } },
  );

  test('is found under another name where all the rest is ours: a container', () => {
    expect(replacedItems(pod([container]), renamed)).toMatchObject([
      { found: { name: 'other' }, wanted: { name: 'discovery' } },
    ]);
  });

  test('is not a container beside ours, nor one with less than ours', () => {
    expect(replacedItems(pod([{ ...container, args: ['agent'] }]), renamed)).toEqual([]);
    const beside = managed(
      [container, { ...container, name: 'other' }],
      { [discovery]: { '.': {} } },
      { 'k:{"name":"other"}': { '.': {} } },
    );
    expect(replacedItems(pod([container]), beside)).toEqual([]);
  });
});
