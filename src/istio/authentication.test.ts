import { expect, test } from 'vitest';
import { lastReview } from './authentication.ts';

const start = '2026-11-21T17:38:49.643306Z\terror\tsecurity\tFailed to authenticate client from 127.0.0.1:36704: ';
const certificate = 'Authenticator ClientCertAuthenticator: no verified chain is found; ';
const line = (cluster: string, reason: string): string =>
  `${start}${certificate}Authenticator KubeJWTAuthenticator: failed to validate the JWT from cluster "${cluster}": ${reason}\n`;
const post = 'Post "https://198.51.100.7:6443/apis/authentication.k8s.io/v1/tokenreviews": ';

test('an API server that refuses the token, or the question, was reached', () => {
  const invalid = 'the service account authentication returns an error: [invalid bearer token, square/go-jose]';
  const forbidden = 'tokenreviews.authentication.k8s.io is forbidden: User "system:serviceaccount:a:b" cannot create';
  expect(lastReview(line('east', invalid), 'east')).toMatchObject({ outcome: 'Reached' });
  expect(lastReview(line('east', forbidden), 'east')).toMatchObject({ outcome: 'Reached' });
});

test('one that does not know istiod is of no use to it', () => {
  expect(lastReview(line('east', 'Unauthorized'), 'east')).toEqual({ outcome: 'Refused', detail: 'Unauthorized' });
});

test('a connection that fails is reported with its reason', () => {
  const log = line('east', `${post}dial tcp 198.51.100.7:6443: connect: connection refused`);
  const detail = 'dial tcp 198.51.100.7:6443: connect: connection refused';
  expect(lastReview(log, 'east')).toEqual({ outcome: 'NotReached', detail });
  const structured = `${JSON.stringify({ level: 'error', msg: log.trim() })}\n`;
  expect(lastReview(structured, 'east')).toEqual({ outcome: 'NotReached', detail });
});

test('the last one of the cluster counts', () => {
  const log =
    line('east', `${post}EOF`) + line('east', 'the token is not authenticated') + line('east.a', `${post}EOF`);
  expect(lastReview(log, 'east')).toMatchObject({ outcome: 'Reached' });
  expect(lastReview(log, 'east.a')).toMatchObject({ outcome: 'NotReached' });
  expect(lastReview(log, 'west')).toBeUndefined();
});
