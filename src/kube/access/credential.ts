import type { Clock } from '../../base/clock.ts';
import { type ClusterAccess, type Impersonation, readSource } from './access.ts';
import { askPlugin, type PluginCredential, type RunPlugin } from './exec-plugin.ts';

/** What one request is sent with. */
export interface Credential {
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** The certificate authority and the client certificate as PEM; a change of them needs new connections. */
  readonly tls: TlsMaterial;
}

export interface TlsMaterial {
  readonly authority: string | undefined;
  readonly certificate: string | undefined;
  readonly privateKey: string | undefined;
}

export interface CredentialProvider {
  /** The credential as it is valid now; concurrent calls share one reading of files or one run of the plug-in. */
  current(): Promise<Credential>;
  /** The certificate authority alone, without asking a plug-in. */
  authority(): Promise<string | undefined>;
  /**
   * Forgets the credential that was refused, so that the next call reads files and asks the plug-in again; one that was
   * had since is kept. True where that can help.
   */
  invalidate(refused: Credential): boolean;
}

/** Mounted tokens are replaced long before they expire; client-go re-reads at the same order of magnitude. */
const fileMaxAgeMs = 30_000;
/** A plug-in's credential is renewed this long before it expires, so that no request carries one about to expire. */
const expirySkewMs = 30_000;

export interface CredentialOptions {
  readonly cluster: string;
  readonly clock: Clock;
  readonly run: RunPlugin;
}

export function credentialProvider(access: ClusterAccess, options: CredentialOptions): CredentialProvider {
  const { clock } = options;
  let held: { readonly credential: Credential; readonly freshUntil: () => boolean } | undefined;
  let pending: Promise<Credential> | undefined;

  const read = async (): Promise<Credential> => {
    const files = await readFiles(access, options.cluster);
    const authorityText = files.tls.authority;
    const plugin =
      access.exec === undefined || files.token !== undefined || files.tls.certificate !== undefined
        ? undefined
        : await askPlugin(access.exec, { ...options, access, authorityText });
    const credential = combine(access, files, plugin);
    const readAt = clock.monotonic();
    const rereads = hasFiles(access);
    held = {
      credential,
      freshUntil: () =>
        (plugin?.expiresAt === undefined || clock.now() < plugin.expiresAt - expirySkewMs) &&
        (!rereads || plugin !== undefined || clock.monotonic() - readAt < fileMaxAgeMs),
    };
    return credential;
  };

  return {
    current() {
      if (held?.freshUntil() === true) return Promise.resolve(held.credential);
      pending ??= read().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    authority: async () =>
      access.authority === undefined
        ? undefined
        : readSource(access.authority, 'the certificate authority', options.cluster),
    invalidate(refused) {
      if (held?.credential === refused) held = undefined;
      return access.exec !== undefined || hasFiles(access);
    },
  };
}

interface Files {
  readonly tls: TlsMaterial;
  readonly token: string | undefined;
}

async function readFiles(access: ClusterAccess, cluster: string): Promise<Files> {
  const read = async (source: ClusterAccess['token'], what: string): Promise<string | undefined> =>
    source === undefined ? undefined : readSource(source, what, cluster);
  const [authority, certificate, privateKey, token] = await Promise.all([
    read(access.authority, 'the certificate authority'),
    read(access.certificate, 'the client certificate'),
    read(access.privateKey, 'the client key'),
    read(access.token, 'the token'),
  ]);
  return { tls: { authority, certificate, privateKey }, token: token?.trim() };
}

function combine(access: ClusterAccess, files: Files, plugin: PluginCredential | undefined): Credential {
  const token = files.token ?? plugin?.token;
  const { authority } = files.tls;
  return {
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(access.impersonate === undefined ? {} : impersonationHeaders(access.impersonate)),
    },
    tls: plugin?.certificate === undefined ? files.tls : { authority, ...plugin.certificate },
  };
}

function impersonationHeaders(impersonate: Impersonation): Record<string, string | string[]> {
  const extra = Object.entries(impersonate.extra).map(
    ([key, values]) => [`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`, [...values]] as const,
  );
  return {
    'impersonate-user': impersonate.user,
    ...(impersonate.uid === undefined ? {} : { 'impersonate-uid': impersonate.uid }),
    ...(impersonate.groups.length === 0 ? {} : { 'impersonate-group': [...impersonate.groups] }),
    ...Object.fromEntries(extra),
  };
}

function hasFiles(access: ClusterAccess): boolean {
  return [access.authority, access.certificate, access.privateKey, access.token].some(
    (source) => source?.kind === 'File',
  );
}
