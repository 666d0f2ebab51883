import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeLayout } from '../images/layout.ts';
import { type Registry, runRegistry } from './server.ts';

let folder = '';
let stop = new AbortController();
let registry: Registry;

async function writeImage(layout: string, name: string, text: string): Promise<void> {
  const layers = [{ name: 'app', items: [{ path: '/app', text }] }];
  const image = { names: [name], layers, entrypoint: ['/app'], user: '65532:65532' };
  await writeLayout(join(folder, layout), join(folder, 'store'), [image]);
}

async function ask(path: string, method = 'GET'): Promise<Response> {
  return await fetch(`${registry.url}${path}`, { method });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lab-registry-'));
  stop = new AbortController();
  await writeImage('a', 'docker.io/istio/pilot:1.31.0', 'one');
  const layouts = ['a', 'b'].map((name) => join(folder, name));
  registry = await runRegistry({ layouts, address: '127.0.0.1', port: 0, signal: stop.signal });
});
afterEach(async () => {
  stop.abort();
  await registry.ended;
  rmSync(folder, { recursive: true });
});

describe('registry', () => {
  test('says that it speaks version 2', async () => {
    const response = await ask('/v2/');
    expect(response.status).toBe(200);
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
  });

  test('an image can be pulled whole: tag, manifest, config and layers with their digests', async () => {
    const byTag = await ask('/v2/istio/pilot/manifests/1.31.0?ns=docker.io');
    expect(byTag.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json');
    const digest = byTag.headers.get('docker-content-digest') ?? '';
    const text = await byTag.text();
    expect(`sha256:${createHash('sha256').update(text).digest('hex')}`).toBe(digest);
    expect(await (await ask(`/v2/istio/pilot/manifests/${digest}?ns=docker.io`)).text()).toBe(text);
    const manifest = JSON.parse(text) as { config: { digest: string }; layers: { digest: string }[] };
    for (const blob of [manifest.config, ...manifest.layers]) {
      const bytes = Buffer.from(await (await ask(`/v2/istio/pilot/blobs/${blob.digest}`)).arrayBuffer());
      expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(blob.digest);
    }
  });

  test('HEAD gives the headers of GET and no body', async () => {
    const [head, get] = await Promise.all(
      ['HEAD', 'GET'].map((method) => ask('/v2/istio/pilot/manifests/1.31.0', method)),
    );
    for (const name of ['content-length', 'content-type', 'docker-content-digest']) {
      expect(head?.headers.get(name)).toBe(get?.headers.get(name));
    }
    expect(await head?.text()).toBe('');
  });

  test.each([
    ['/v2/istio/pilot/manifests/1.30.0', 'MANIFEST_UNKNOWN'],
    ['/v2/istio/pilot/manifests/1.31.0?ns=quay.io', 'MANIFEST_UNKNOWN'],
    [`/v2/istio/pilot/blobs/sha256:${'0'.repeat(64)}`, 'BLOB_UNKNOWN'],
    ['/v2/istio/pilot/blobs/sha256:..%2f..%2findex.json', 'NAME_UNKNOWN'],
    ['/etc/passwd', 'NAME_UNKNOWN'],
  ])('%s is 404 %s', async (path, code) => {
    const response = await ask(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ code }] });
  });

  test('nothing can be pushed', async () => {
    expect((await ask('/v2/istio/pilot/blobs/uploads/', 'POST')).status).toBe(405);
  });

  test('an image that is built while it runs is served at once', async () => {
    const path = '/v2/isthmus/manifests/0.1.0?ns=isthmus.invalid';
    expect((await ask(path)).status).toBe(404);
    await writeImage('b', 'isthmus.invalid/isthmus:0.1.0', 'one');
    const first = (await ask(path)).headers.get('docker-content-digest');
    await writeImage('b', 'isthmus.invalid/isthmus:0.1.0', 'two');
    const second = (await ask(path)).headers.get('docker-content-digest');
    expect(first).toMatch(/^sha256:/);
    expect(second).not.toBe(first);
  });
});
