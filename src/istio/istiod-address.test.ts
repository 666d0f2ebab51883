import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { istiodService } from './istiod-address.ts';

test('addresses stand in an EndpointSlice of the Service', async () => {
  const objects = istiodService(
    { hosts: ['198.51.100.7', '198.51.100.8'], discovery: 15012, webhook: 15017 },
    'default',
  );
  const text = objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
  await expect(text).toMatchFileSnapshot('golden/istiod-address.yaml');
});

test('the ports are those of the nodes where the gateway is on their ports', () => {
  const [, slice] = istiodService({ hosts: ['198.51.100.7'], discovery: 31012, webhook: 31017 }, 'default');
  expect(slice).toMatchObject({ ports: [{ port: 31012 }, { port: 31017 }] });
});

test('an EndpointSlice holds addresses of one family', () => {
  const [, slice] = istiodService(
    { hosts: ['2001:db8::7', '198.51.100.7'], discovery: 15012, webhook: 15017 },
    'default',
  );
  expect(slice).toMatchObject({ addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::7'] }] });
});

test('each revision has its own', () => {
  const objects = istiodService({ hosts: ['198.51.100.7'], discovery: 15012, webhook: 15017 }, 'green');
  expect(objects.map(({ metadata }) => metadata.name)).toEqual(['istiod-green', 'istiod-green']);
  expect(objects[1]?.metadata.labels?.['kubernetes.io/service-name']).toBe('istiod-green');
});

test('a host name is the external name, and there is no EndpointSlice', () => {
  const objects = istiodService({ hosts: ['gateway.example.com'], discovery: 15012, webhook: 15017 }, 'default');
  expect(objects).toMatchObject([
    { kind: 'Service', spec: { type: 'ExternalName', externalName: 'gateway.example.com' } },
  ]);
});
