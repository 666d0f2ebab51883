import { describe, expect, test } from 'vitest';
import { accessOfContext } from './context.ts';
import { parseKubeconfig } from './kubeconfig.ts';

/** A kubeconfig with one context; clusters and users as the tool wrote them. */
function kubeconfig(cluster: string, user = '{token: abcdef}', name = 'west'): string {
  return `apiVersion: v1
kind: Config
preferences: {}
clusters: [{name: "${name}", cluster: ${cluster}}]
users: [{name: "${name}", user: ${user}}]
contexts: [{name: "${name}", context: {cluster: "${name}", user: "${name}", namespace: ""}}]
current-context: "${name}"
`;
}

function accessIn(text: string, context = 'west'): ReturnType<typeof accessOfContext> {
  return accessOfContext(parseKubeconfig(text, { name: 'kubeconfig', folder: '/conf' }), 'west', context);
}

const server = '{server: "https://127.0.0.1:1"}';

describe('is taken', () => {
  test('with a path in the address and without a check, as loft writes it', () => {
    const found = accessIn(
      kubeconfig('{server: "https://127.0.0.1:1/kubernetes/project/shop", insecure-skip-tls-verify: true}'),
    );
    expect(found).toMatchObject({ server: 'https://127.0.0.1:1/kubernetes/project/shop', skipVerification: true });
  });

  test.each([
    ['kubelogin', 'kubelogin', '[get-token, --login, azurecli]', 'installHint: "it is not installed",'],
    ['Teleport', '/usr/local/bin/tsh', '[kube, credentials, --kube-cluster=west]', ''],
  ])('with the plug-in of %s', (_name, command, args, hint) => {
    const plugin = `{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ${command}, args: ${args}, env: null, ${hint} provideClusterInfo: false}}`;
    const found = accessIn(kubeconfig('{server: "https://127.0.0.1:1", tls-server-name: kube.example.com}', plugin));
    expect(found).toMatchObject({ tlsServerName: 'kube.example.com', exec: { command } });
  });

  test('under the names that clouds give contexts', () => {
    for (const name of [
      'arn:aws:eks:eu-west-1:111122223333:cluster/shop-west',
      'gke_shop-prod_us-east1-b_shop-east',
      'kubernetes-admin@kubernetes',
    ]) {
      expect(accessIn(kubeconfig(server, undefined, name), name).server).toBe('https://127.0.0.1:1');
    }
  });

  test('with a byte order mark, the line ends of Windows, or as JSON', () => {
    const text = kubeconfig(server);
    const json = JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { token: 'abcdef' } }],
      contexts: [{ name: 'west', context: { cluster: 'c', user: 'u' } }],
    });
    for (const written of [`\uFEFF${text.replaceAll('\n', '\r\n')}`, json]) {
      expect(accessIn(written).server).toBe('https://127.0.0.1:1');
    }
  });

  test('with a scheme in capitals, and through a SOCKS proxy', () => {
    const found = accessIn(kubeconfig('{server: "HTTPS://127.0.0.1:1", proxy-url: "socks5://127.0.0.1:1080"}'));
    expect(found).toMatchObject({ server: 'https://127.0.0.1:1', proxy: 'socks5://127.0.0.1:1080' });
  });
});

describe('is refused', () => {
  test.each([
    ['a truth value in quotes', kubeconfig('{server: "https://a", insecure-skip-tls-verify: "true"}'), /insecure-skip/],
    ['a token that YAML reads as a number', kubeconfig(server, '{token: 1234567890}'), /token/],
    ['an address without a scheme', kubeconfig('{server: "10.0.0.4:6443"}'), /server is not a URL/],
    ['a kind of proxy that is not spoken', kubeconfig('{server: "https://a", proxy-url: "socks4://b:1"}'), /proxy-url/],
    ['gcp, which Kubernetes has removed', kubeconfig(server, '{auth-provider: {name: gcp}}'), /Kubernetes has removed/],
    [
      'an authority that is no PEM',
      kubeconfig('{server: "https://a", certificate-authority-data: Z3Rld2U=}'),
      /not PEM/,
    ],
    [
      'an authority that is no base64',
      kubeconfig('{server: "https://a", certificate-authority-data: "%"}'),
      /base64|PEM/,
    ],
  ])('for %s', (_name, text, message) => {
    expect(() => accessIn(text)).toThrow(
      expect.objectContaining({ code: 'invalid-kubeconfig', message: expect.stringMatching(message) }),
    );
  });

  test('socks5h says which form is taken, and means the same', () => {
    expect(() => accessIn(kubeconfig('{server: "https://a", proxy-url: "socks5h://b:1"}'))).toThrow(
      expect.objectContaining({ remedy: 'write socks5:// in proxy-url' }),
    );
  });
});
