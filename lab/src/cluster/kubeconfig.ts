import type { KeyPair } from './pki.ts';

export interface KubeconfigEntry {
  /** The name of the context, cluster and user. */
  readonly name: string;
  readonly server: string;
  readonly authority: string;
  readonly client: KeyPair;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A kubeconfig with one context an entry, the first one current. JSON, which is YAML. */
export function kubeconfig(entries: readonly KubeconfigEntry[]): string {
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: entries.map(({ name, server, authority }) => ({
      name,
      cluster: { server, 'certificate-authority-data': base64(authority) },
    })),
    users: entries.map(({ name, client }) => ({
      name,
      user: {
        'client-certificate-data': base64(client.certificate),
        'client-key-data': base64(client.key),
      },
    })),
    contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    'current-context': entries[0]?.name ?? '',
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
