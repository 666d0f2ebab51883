import { describe, expect, test } from 'vitest';
import { conceal, withoutCredentials, withoutSecrets } from './conceal.ts';
import { IsthmusError } from './error.ts';

const jwt = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IkEifQ.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';

describe('what has the form of a secret', () => {
  test.each([
    [`refused: ${jwt}!`, 'refused: …!'],
    [`Authorization: Bearer abcdef0123456789`, 'Authorization: Bearer …'],
    ['https://ann:hunter2@west.example:6443/a refuses', 'https://…@west.example:6443/a refuses'],
    ['GET /login?user=ann&password=hunter2&x=1', 'GET /login?user=ann&password=…&x=1'],
    ['{"kind":"A","access_token":"abc","name":"b"}', '{"kind":"A","access_token":"…","name":"b"}'],
    ['-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY----- is wrong', '… is wrong'],
    ['password: hunter2', 'password: …'],
  ])('%s', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
    expect(new IsthmusError('internal', text).message).toBe(shown);
  });

  test('other words stay as they are', () => {
    const text =
      'cluster west: the token in /run/secrets/token cannot be read: there is no such file; Secret istio-system/cacerts, https://west:6443';
    expect(withoutSecrets(text)).toBe(text);
  });
});

test('what is as long as a key is covered, and the path of a request is none', () => {
  const hex = '0123456789abcdef'.repeat(4);
  const base64 = `${'aB3/'.repeat(16)}==`;
  expect(conceal(`a ${hex} b ${base64}`)).toBe(`a ${'•'.repeat(64)} b ${'•'.repeat(66)}`);
  const path = 'GET /apis/autoscaling/v2/namespaces/istio-system/horizontalpodautoscalers 200';
  expect(conceal(path)).toBe(path);
});

describe('the words of a program that handles credentials', () => {
  test.each([
    ['login failed for bob with password hunter2-S3cret!', 'login failed for bob with password …'],
    ['a:b%c,eyJhbGciOi:JIUzI1NiIsInR5cCI:6IkpXVCJ9', '…'],
    [`token: A${'abcdefghijklmnopqrstuvw'.repeat(3)}`, 'token: …'],
    ['the token has expired', 'the token has expired'],
    ['your password is letmein', 'your password is …'],
    ['https://login.example.com:8443/oauth?state=xyz refused', 'https://login.example.com:8443/… refused'],
    ['cannot read /home/ann/.aws/sso/config', 'cannot read /home/ann/.aws/sso/config'],
    ['cannot read /tmp/AbCdEf0123456789', 'cannot read …'],
  ])('%s', (text, shown) => {
    expect(withoutCredentials(text)).toBe(shown);
  });
});
