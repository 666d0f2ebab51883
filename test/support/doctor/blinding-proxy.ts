import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { isJsonObject, objectsAt, textAt } from '../../../src/base/json.ts';
import { parseJson } from '../../../src/base/parse-json.ts';
import type { CompanyCa, MadeByOpenssl } from '../company-ca.ts';
import type { TlsProxyOptions } from '../tls-proxy.ts';

/** Whether an object is hidden: `hides('endpointslices', 'only-east-1')`. */
export type Hiding = (plural: string, name: string) => boolean;

/**
 * Stands before an API server and can keep things from who reads it through this, which is what an istiod is left with
 * whose registry of a cluster went wrong: it believes that it has read all there is.
 */
export interface BlindingProxy extends AsyncDisposable {
  readonly server: string;
  /** Whoever reads from now on does not get these; those who read already get what they got. */
  hide(hiding: Hiding): void;
  /** Nothing more comes to those who read already. Who reads from now on gets all. */
  freeze(): void;
}

const plurals: ReadonlySet<string> = new Set(['endpointslices', 'services']);
const none: Hiding = () => false;

/** What those who read get of one kind, for as long as they read. */
interface View {
  readonly plural: string;
  readonly hiding: Hiding;
  isFrozen: boolean;
}

export async function startBlindingProxy({
  host,
  upstream,
  company,
  signer,
}: TlsProxyOptions & { readonly company: CompanyCa; readonly signer: MadeByOpenssl }): Promise<BlindingProxy> {
  const extensions = `subjectAltName=IP:${host}\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature`;
  const own = company.make({ name: 'blinding-proxy', signer, extensions, days: 30 });
  const agent = new Agent({ ca: upstream.authority, keepAlive: true });
  const views = new Set<View>();
  let hiding = none;
  const server = createServer({ cert: own.certificate, key: own.privateKey }, (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', upstream.server);
    const plural = url.pathname.split('/').at(-1) ?? '';
    const view: View | undefined = plurals.has(plural) ? { plural, hiding, isFrozen: false } : undefined;
    if (view !== undefined) {
      views.add(view);
      outgoing.on('close', () => views.delete(view));
    }
    forward(incoming, outgoing, { url, agent, view });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    server: `https://${host}:${(server.address() as AddressInfo).port}`,
    hide: (wanted) => {
      hiding = wanted;
    },
    freeze: () => {
      hiding = none;
      for (const view of views) view.isFrozen = true;
    },
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
  readonly view: View | undefined;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, { url, agent, view }: Onward): void {
  const { host: _host, connection: _connection, ...headers } = incoming.headers;
  // What is looked into has to be JSON, and plain.
  const { 'accept-encoding': _encoding, ...plain } = headers;
  const asked = view === undefined ? headers : { ...plain, accept: 'application/json' };
  const onward = httpsRequest(url, { method: incoming.method, headers: asked, agent }, (response) => {
    response.on('error', () => outgoing.destroy());
    if (view === undefined || response.statusCode !== 200) {
      outgoing.writeHead(response.statusCode ?? 502, response.headers).flushHeaders();
      response.pipe(outgoing);
      return;
    }
    outgoing.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (url.searchParams.get('watch') === 'true') relayEvents(response, outgoing, view);
    else relayList(response, outgoing, view).catch(() => outgoing.destroy());
  });
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

async function relayList(response: IncomingMessage, outgoing: ServerResponse, view: View): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const list = parseJson(Buffer.concat(chunks).toString());
  if (!isJsonObject(list)) throw new Error('no list');
  const items = objectsAt(list, ['items']).filter(
    (item) => !view.hiding(view.plural, textAt(item, ['metadata', 'name']) ?? ''),
  );
  outgoing.end(JSON.stringify({ ...list, items }));
}

/** One event a line. Bookmarks say how far the reader is, which it believes. */
function relayEvents(response: IncomingMessage, outgoing: ServerResponse, view: View): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  response.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (isPassed(line, view)) outgoing.write(`${line}\n`);
  });
  response.on('end', () => outgoing.end());
}

function isPassed(line: string, { plural, hiding, isFrozen }: View): boolean {
  const event = parseJson(line);
  if (textAt(event, ['type']) === 'BOOKMARK') return true;
  return !isFrozen && !hiding(plural, textAt(event, ['object', 'metadata', 'name']) ?? '');
}
