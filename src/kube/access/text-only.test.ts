import { describe, expect, test } from 'vitest';
import { accessOfContext } from './context.ts';
import { parseKubeconfig } from './kubeconfig.ts';

const origin = { name: 'Secret isthmus-system/west', policy: 'TextOnly' } as const;
const pem = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64');
const server = 'server: https://west:6443';

function text(user: string, cluster = server): string {
  return `
current-context: c
clusters: [{name: c, cluster: {${cluster}}}]
users: [{name: u, user: {${user}}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
`;
}

const accessIn = (content: string): unknown => accessOfContext(parseKubeconfig(content, origin), 'west');

describe('a kubeconfig that others may have written', () => {
  test('gives its certificates and its token in place, and no context for kubectl', () => {
    const user = `client-certificate-data: ${pem}, client-key-data: ${pem}, token: t, as: ann`;
    const access = accessIn(text(user, `${server}, certificate-authority-data: ${pem}, tls-server-name: api`));
    expect(access).toMatchObject({
      origin: 'context c in Secret isthmus-system/west',
      token: { kind: 'Text', text: 't' },
      certificate: { kind: 'Text' },
      authority: { kind: 'Text' },
      impersonate: { user: 'ann' },
      exec: undefined,
      proxy: undefined,
    });
    expect(access).not.toHaveProperty('context');
  });

  const run = '{apiVersion: client.authentication.k8s.io/v1, command: /bin/sh, args: [-c, "id > /tmp/owned"]}';
  test.each([
    ['runs a program', `exec: ${run}`, 'exec', /give a token/],
    ['runs a program beside a token', `token: t, exec: ${run}`, 'exec', /give a token/],
    ['names an auth provider', 'auth-provider: {name: gcp, config: {cmd-path: /bin/sh}}', 'auth-provider', /token/],
    ['names an empty auth provider', 'auth-provider: {}', 'auth-provider', /token/],
    ['reads a token', 'tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token', 'tokenFile', /^give token/],
    ['reads a token beside one in place', 'token: t, tokenFile: ../../etc/shadow', 'tokenFile', /^give token/],
    [
      'reads a certificate',
      `client-certificate: /etc/tls.crt, client-key-data: ${pem}`,
      'client-certificate',
      /client-certificate-data/,
    ],
    ['reads a key', `client-certificate-data: ${pem}, client-key: /etc/tls.key`, 'client-key', /client-key-data/],
  ])('that %s is refused', (...[, user, field, remedy]) => {
    expect(() => accessIn(text(user))).toThrow(
      expect.objectContaining({
        code: 'invalid-kubeconfig',
        cluster: 'west',
        message: expect.stringContaining(`cluster west: user u in Secret isthmus-system/west has ${field}, `),
        remedy: expect.stringMatching(remedy),
      }),
    );
  });

  test.each([
    ['certificate-authority: /etc/hosts', 'certificate-authority', /certificate-authority-data/],
    ['proxy-url: "http://attacker.example:3128"', 'proxy-url', /HTTPS_PROXY/],
  ])('that has %s is refused', (field, name, remedy) => {
    expect(() => accessIn(text('token: t', `${server}, ${field}`))).toThrow(
      expect.objectContaining({
        code: 'invalid-kubeconfig',
        message: expect.stringContaining(`cluster c in Secret isthmus-system/west has ${name}, `),
        remedy: expect.stringMatching(remedy),
      }),
    );
  });

  test('whose aliases grow without end is refused, and its text is not repeated', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? 'sup3rsecret' : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array.from({ length: 9 }, () => inner).join(', ')}]`;
    });
    const bomb = `${levels.join('\n')}\n${text('token: t')}`;
    expect(() => accessIn(bomb)).toThrow(
      expect.objectContaining({ code: 'invalid-kubeconfig', message: expect.not.stringContaining('sup3rsecret') }),
    );
  });

  test('that is broken is to be corrected in its Secret, not in a file', () => {
    expect(() => accessIn('clusters: [')).toThrow(
      expect.objectContaining({ remedy: 'correct the kubeconfig in Secret isthmus-system/west' }),
    );
  });
});
