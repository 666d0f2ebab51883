import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { object, viewOf } from '../testing/fake-objects.ts';
import type { IstiodSettings } from '../values/snapshot.ts';
import type { AccessRequest } from './access-condition.ts';
import { accessTo } from './authorization-policy.ts';

const target = { namespace: 'shop', labels: { app: 'web' } };
const client: AccessRequest = {
  principal: 'cluster.local/ns/front/sa/client',
  port: 8080,
  http: { method: 'GET', path: '/a?b=c', host: 'web.shop:80', headers: new Map([['x-user', 'jason']]) },
};
const plaintext = { ...client, principal: undefined };
const tcp = { ...client, http: undefined };

function policy(spec: JsonObject, path = 'shop/one', annotations = {}): KubeObject {
  return object('security.istio.io/v1/AuthorizationPolicy', path, { spec, annotations });
}

function outcome(
  policies: readonly KubeObject[],
  request: AccessRequest = client,
  meshConfig: IstiodSettings['meshConfig'] = {},
): string {
  return accessTo(viewOf({ c1: policies }, { meshConfig }), target, request).outcome;
}

const from = (source: JsonObject, ...rest: JsonObject[]): JsonObject => ({
  rules: [{ from: [{ source }], ...Object.assign({}, ...rest) }],
});
const to = (operation: JsonObject): JsonObject => ({ rules: [{ to: [{ operation }] }] });
const when = (key: string, ...values: string[]): JsonObject => ({ rules: [{ when: [{ key, values }] }] });
const deny = (spec: JsonObject): JsonObject => ({ ...spec, action: 'DENY' });

describe('the policies that select a pod', () => {
  test.each([
    ['of its namespace, without selector', [policy({})], 'Denied'],
    ['of the root namespace, for the whole mesh', [policy({}, 'istio-system/all')], 'Denied'],
    ['of another namespace do not', [policy({}, 'front/one')], 'Allowed'],
    ['by labels', [policy({ selector: { matchLabels: { app: 'web' } } })], 'Denied'],
    ['by other labels do not', [policy({ selector: { matchLabels: { app: 'api' } } })], 'Allowed'],
    [
      'with a target do not: they are for gateways and waypoints',
      [policy({ targetRefs: [{ kind: 'Gateway' }] })],
      'Allowed',
    ],
    ['that are tried out deny nothing', [policy({}, 'shop/one', { 'istio.io/dry-run': 'true' })], 'Allowed'],
    ['that only record deny nothing', [policy({ action: 'AUDIT', rules: [{}] })], 'Allowed'],
  ])('%s', (_, policies, expected) => {
    expect(outcome(policies)).toBe(expected);
  });
});

describe('the actions', () => {
  const mine = from({ namespaces: ['front'] });
  const others = from({ namespaces: ['back'] });
  test.each([
    ['one ALLOW that is for the request is enough', [policy(others), policy(mine, 'shop/two')], 'Allowed'],
    ['ALLOW without a fitting one denies', [policy(others)], 'Denied'],
    ['DENY wins over ALLOW', [policy(mine), policy(deny(mine), 'shop/two')], 'Denied'],
    ['DENY without rules denies nothing', [policy({ action: 'DENY' })], 'Allowed'],
    ['DENY of everything', [policy({ action: 'DENY', rules: [{}] })], 'Denied'],
    ['CUSTOM asks someone else', [policy({ ...mine, action: 'CUSTOM', provider: { name: 'x' } })], 'Open'],
    ['CUSTOM for others asks nobody', [policy({ ...others, action: 'CUSTOM' })], 'Allowed'],
    [
      'DENY decides whatever CUSTOM says',
      [policy({ ...mine, action: 'CUSTOM' }), policy(deny(mine), 'shop/two')],
      'Denied',
    ],
  ])('%s', (_, policies, expected) => {
    expect(outcome(policies)).toBe(expected);
  });

  test('what is not decided counts only where it could change the answer', () => {
    const byToken = when('request.auth.claims[iss]', 'x');
    expect(outcome([policy(byToken)])).toBe('Open');
    expect(outcome([policy(byToken), policy(mine, 'shop/two')])).toBe('Allowed');
    expect(outcome([policy(deny(byToken)), policy(others, 'shop/two')])).toBe('Denied');
    const fromOthers = { from: [{ source: { namespaces: ['back'] } }], when: [{ key: 'request.auth.claims[iss]' }] };
    expect(outcome([policy({ rules: [fromOthers] })])).toBe('Denied');
  });
});

describe('conditions', () => {
  test.each([
    ['principal', from({ principals: ['cluster.local/ns/front/sa/client'] })],
    ['principal with any end', from({ principals: ['cluster.local/ns/front/*'] })],
    ['principal with any beginning', from({ principals: ['*/sa/client'] })],
    ['any principal', from({ principals: ['*'] })],
    ['namespace with a pattern', from({ namespaces: ['fr*t'] })],
    ['service account of a namespace', from({ serviceAccounts: ['front/client'] })],
    ['trust domain', from({ trustDomains: ['cluster.*'] })],
    ['no other principal', from({ notPrincipals: ['cluster.local/ns/back/sa/client'] })],
    ['port of the pod', to({ ports: ['8080'] })],
    ['method', to({ methods: ['GET'] })],
    ['path without its query', to({ paths: ['/a'] })],
    ['path by its beginning', to({ paths: ['/a*'] })],
    ['host whatever its case', to({ hosts: ['WEB.shop*'] })],
    ['header', when('request.headers[X-User]', 'ja*')],
    ['source namespace', when('source.namespace', 'front')],
  ])('that hold: %s', (_, spec) => {
    expect(outcome([policy(spec)])).toBe('Allowed');
    expect(outcome([policy(deny(spec))])).toBe('Denied');
  });

  test.each([
    ['principal of another', from({ principals: ['cluster.local/ns/front/sa/other'] })],
    ['service account, of the policy’s namespace', from({ serviceAccounts: ['client'] })],
    ['other namespaces only', from({ notNamespaces: ['front'] })],
    ['port of the Service', to({ ports: ['80'] })],
    ['other methods', to({ notMethods: ['GET'] })],
    ['another path', to({ paths: ['/b'] })],
    ['header that is not there', when('request.headers[x-key]', '(redacted)')],
    ['attribute that istiod does not know', when('source.colour', 'red')],
  ])('that do not hold: %s', (_, spec) => {
    expect(outcome([policy(spec)])).toBe('Denied');
    expect(outcome([policy(deny(spec))])).toBe('Allowed');
  });

  test.each([
    ['addresses', from({ ipBlocks: ['10.0.0.0/8'] })],
    ['tokens', from({ requestPrincipals: ['*'] })],
    ['templates of paths', to({ paths: ['/{*}'] })],
    ['values that a snapshot does not keep', when('request.headers[x-user]', '(redacted)')],
    ['server names', when('connection.sni', 'x')],
  ])('that the question leaves open: %s', (_, spec) => {
    const { outcome: found, explanation } = accessTo(viewOf({ c1: [policy(spec)] }), target, client);
    expect([found, explanation]).toEqual([
      'Open',
      expect.stringContaining('AuthorizationPolicy shop/one lets it in depends on'),
    ]);
  });

  test('without mutual TLS there is no identity: no source fits, and every exception holds', () => {
    expect(outcome([policy(from({ principals: ['*'] }))], plaintext)).toBe('Denied');
    expect(outcome([policy(from({ namespaces: ['front'] }))], plaintext)).toBe('Denied');
    expect(outcome([policy(deny(from({ notNamespaces: ['front'] })))], plaintext)).toBe('Denied');
    expect(outcome([policy(to({ ports: ['8080'] }))], plaintext)).toBe('Allowed');
  });

  test('on TCP a rule about HTTP allows nothing, and denies as if it did not ask for it', () => {
    expect(outcome([policy(to({ methods: ['GET'] }))], tcp)).toBe('Denied');
    expect(outcome([policy(deny(to({ methods: ['POST'] })))], tcp)).toBe('Denied');
    expect(outcome([policy(deny(to({ methods: ['POST'], ports: ['1'] })))], tcp)).toBe('Allowed');
  });

  test('trust domains: cluster.local is the mesh’s own, and each of its names stands for all', () => {
    const own = { ...client, principal: 'td2/ns/front/sa/client' };
    const mesh = { trustDomain: 'td2', trustDomainAliases: ['td1'] };
    for (const name of ['cluster.local', 'td1', 'td2', '*2']) {
      expect(outcome([policy(from({ principals: [`${name}/ns/front/sa/client`] }))], own, mesh)).toBe('Allowed');
    }
    expect(outcome([policy(from({ principals: ['td3/ns/front/sa/client'] }))], own, mesh)).toBe('Denied');
    expect(outcome([policy(from({ trustDomains: ['td1'] }))], own, mesh)).toBe('Allowed');
  });
});
