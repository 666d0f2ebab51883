import { describe, expect, test } from 'vitest';
import { isEscalation, type Purpose, parseStatus, retryAfterMs, statusError } from './status.ts';
import type { HttpAnswer } from './transport.ts';

const purpose: Purpose = {
  cluster: 'west',
  server: 'https://west',
  origin: 'context w in a.yaml',
  action: 'apply Secret a/b',
};
const answerOf = (status: number, fields: object): HttpAnswer => ({
  status,
  headers: {},
  text: JSON.stringify({ kind: 'Status', code: status, ...fields }),
});

describe('what a Status says', () => {
  test.each([
    [401, 'authentication-failed'],
    [403, 'access-denied'],
    [404, 'not-found'],
    [409, 'conflict'],
    [422, 'kubernetes-error'],
    [500, 'kubernetes-error'],
    [503, 'kubernetes-error'],
    [504, 'timeout'],
  ])('%i is %s', (status, code) => {
    const error = statusError(answerOf(status, { message: 'because' }), purpose);
    expect(error).toMatchObject({ code, cluster: 'west' });
    expect(error.message).toContain('cluster west: ');
  });

  test('a role that gives more than its maker has is distinguished from a right that is missing', () => {
    const message =
      'clusterroles.rbac.authorization.k8s.io "istiod" is forbidden: user "ann" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}';
    const escalation = statusError(answerOf(403, { message }), purpose);
    expect(isEscalation(escalation)).toBe(true);
    expect(escalation.remedy?.[0]).toContain('the user of context w in a.yaml');
    expect(escalation.remedy).toContainEqual({ do: 'Run', operation: 'rbac', subject: 'COMMAND' });
    expect(isEscalation(statusError(answerOf(403, { message: 'because' }), purpose))).toBe(false);
  });

  test.each([
    'configmaps "a" is forbidden: unable to create new content in namespace b because it is being terminated',
    'meshes.isthmus.dev "a" is forbidden: create not allowed while custom resource definition is terminating',
  ])('what is being deleted lacks no right: %s', (message) => {
    const error = statusError(answerOf(403, { message }), purpose);
    expect(error.code).toBe('kubernetes-error');
    expect(JSON.stringify(error.remedy)).toContain('find out what deletes it');
  });

  test.each([
    'pods "a" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=9, limited: pods=9',
    'pods "a" is forbidden: violates PodSecurity "restricted:latest": privileged',
    'admission webhook "policy.example" denied the request: no',
    "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
  ])('what admission refuses lacks no right: %s', (message) => {
    const error = statusError(answerOf(403, { message }), purpose);
    expect(error).toMatchObject({ code: 'kubernetes-error', remedy: undefined });
  });

  test('a conflict names the other managers and their fields, five at most each', () => {
    const cause = (manager: string, field: string): object => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${manager}" using apps/v1 at 2026-01-01T00:00:00Z`,
      field,
    });
    const causes = [
      cause('helm', '.spec.replicas'),
      cause('kubectl-edit', '.data.a'),
      ...Array.from({ length: 6 }, (_, index) => cause('helm', `.spec.x${index}`)),
    ];
    expect(statusError(answerOf(409, { details: { causes } }), purpose).message).toBe(
      'cluster west: cannot apply Secret a/b: ' +
        'helm owns .spec.replicas, .spec.x0, .spec.x1, .spec.x2, .spec.x3 and 2 more; kubectl-edit owns .data.a',
    );
  });

  test('a missing namespace is named in the remedy', () => {
    const answer = answerOf(404, { message: 'namespaces "a" not found', details: { kind: 'namespaces', name: 'a' } });
    expect(statusError(answer, purpose).remedy).toBe('create the namespace a first');
  });

  test.each([
    'failed to create typed patch object (a/b; /v1, Kind=Secret): .dat: field not declared in schema',
    'strict decoding error: unknown field "spec.foo"',
  ])('an unknown field has a remedy: %s', (message) => {
    expect(statusError(answerOf(400, { message }), purpose).remedy).toContain('lacks the field');
  });

  test('of a Secret nothing is repeated but the names of fields', () => {
    const answer = answerOf(422, {
      message: 'Secret "b" is invalid: data[x]: Invalid value: "hunter2": no',
      reason: 'Invalid',
      details: { causes: [{ field: 'data[x]', message: 'Invalid value: "hunter2"' }] },
    });
    const { message } = statusError(answer, { ...purpose, confidential: true });
    expect(message).toBe('cluster west: cannot apply Secret a/b: HTTP 422 Invalid data[x]');
  });

  const quote = 'LS0tLS1CRUdJTiBQUklWQVRFIEtFWQ==';

  test.each([400, 403, 404, 409, 422, 500])('with %i, what a webhook quotes of a Secret is not repeated', (status) => {
    const answer = answerOf(status, {
      message: `admission webhook "policy.example" denied the request: data.tls.key ${quote} is not allowed`,
      reason: quote,
      details: { causes: [{ reason: 'FieldManagerConflict', message: `conflict with "${quote}"`, field: quote }] },
    });
    const error = statusError(answer, { ...purpose, confidential: true });
    expect(error.message).toBe(
      'cluster west: cannot apply Secret a/b: admission webhook "policy.example" denied the request',
    );
    expect(JSON.stringify(error)).not.toContain(quote);
  });

  test.each([
    [403, 'secrets "b" is forbidden: User "ann" cannot patch resource "secrets" in API group "" in the namespace "a"'],
    [403, 'secrets "b" is forbidden: unable to create new content in namespace a because it is being terminated'],
    [404, 'namespaces "a" not found'],
    [409, 'secrets "b" already exists'],
    [
      403,
      'wrappingkeys.isthmus.dev "b" is forbidden: User "ann" cannot get resource "wrappingkeys" in API group "isthmus.dev" in the namespace "a"',
    ],
    [404, 'wrappingkeys.isthmus.dev "b" not found'],
  ])('with %i, the words of the API server about a Secret are kept: %s', (status, message) => {
    expect(statusError(answerOf(status, { message }), { ...purpose, confidential: true }).message).toContain(message);
    const quoting = answerOf(status, { message: `${message} ${quote}`, reason: 'Forbidden' });
    expect(statusError(quoting, { ...purpose, confidential: true }).message).not.toContain(quote);
  });

  test('the words of a server are on one line', () => {
    const answer = answerOf(403, { message: 'no\r\nmesh shop: healthy' });
    expect(statusError(answer, purpose).message).toBe('cluster west: cannot apply Secret a/b: no mesh shop: healthy');
  });

  test('what is not a Status is named by its code alone', () => {
    expect(parseStatus('404 page not found')).toBeUndefined();
    expect(parseStatus('{"kind":"Pod"}')).toBeUndefined();
    const page = { status: 500, headers: {}, text: '<html>' };
    expect(statusError(page, purpose).message).toBe('cluster west: cannot apply Secret a/b: HTTP 500');
  });
});

test.each([
  ['3', {}, 3_000],
  ['999999', {}, 3_600_000],
  [undefined, { retryAfterSeconds: 7 }, 7_000],
  [undefined, { retryAfterSeconds: 3e13 }, 3_600_000],
  [undefined, { retryAfterSeconds: -1 }, undefined],
])('a server that asks for a pause gets one of an hour at most: %s, %j', (header, details, wanted) => {
  const headers = header === undefined ? {} : { 'retry-after': header };
  const text = JSON.stringify({ kind: 'Status', apiVersion: 'v1', code: 429, details });
  expect(retryAfterMs({ status: 429, headers, text })).toBe(wanted);
});
