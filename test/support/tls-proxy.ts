import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { CompanyCa, MadeByOpenssl } from './company-ca.ts';
import { passUpgradeOn } from './upgrade.ts';

export interface TlsProxyOptions {
  /** The address of this machine that it listens at, on a free port. */
  readonly host: string;
  /** Where the requests go, as `https://HOST:PORT`, and the CA of the certificate there, PEM. */
  readonly upstream: { readonly server: string; readonly authority: string };
  readonly company: CompanyCa;
  /** Signs the proxy's certificate. */
  readonly signer: MadeByOpenssl;
}

/** Ends TLS before an API server with a certificate of its own, as Rancher and Teleport do; credentials pass through. */
export interface TlsProxy extends AsyncDisposable {
  readonly server: string;
}

export async function startTlsProxy({ host, upstream, company, signer }: TlsProxyOptions): Promise<TlsProxy> {
  const extensions = `subjectAltName=IP:${host}\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature`;
  const own = company.make({ name: 'tls-proxy', signer, extensions, days: 30 });
  const agent = new Agent({ ca: upstream.authority, keepAlive: true });
  const target = (incoming: IncomingMessage): URL => new URL(incoming.url ?? '/', upstream.server);
  const server = createServer({ cert: own.certificate, key: own.privateKey }, (incoming, outgoing) => {
    forward(incoming, outgoing, { url: target(incoming), agent });
  });
  server.on('upgrade', (incoming: IncomingMessage, near: Socket) => {
    tunnel(incoming, near, { url: target(incoming), agent });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    server: `https://${host}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Onward {
  readonly url: URL;
  readonly agent: Agent;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, { url, agent }: Onward): void {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  const onward = httpsRequest(url, { method: incoming.method, headers, agent }, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers).flushHeaders();
    response.on('error', () => outgoing.destroy());
    response.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

/** A connection to a port or a program of a pod. */
function tunnel(incoming: IncomingMessage, near: Socket, { url, agent }: Onward): void {
  const { host: _host, ...headers } = incoming.headers;
  const onward = httpsRequest(url, { method: incoming.method, headers, agent });
  passUpgradeOn(near, onward);
}
