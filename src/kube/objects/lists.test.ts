import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { LogEntry } from '../../base/logger.ts';
import type { UnreadableObject } from '../client.ts';
import { connect } from '../connect.ts';
import { handClock } from '../testing/hand-clock.ts';
import { testPorts } from '../testing/ports.ts';
import { answer, type ScriptedServer, startScripted } from '../testing/scripted-server.ts';

let server: ScriptedServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** What a list of objects gives, and the notices about those that it leaves out. */
async function listed(items: readonly string[], content: 'Full' | 'Metadata' = 'Full') {
  server = await startScripted((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"metadata":{"resourceVersion":"1"},"items":[${items.join(',')}]}`);
  });
  const left: UnreadableObject[] = [];
  const log: LogEntry[] = [];
  await using client = await connect(server.access, {
    ...testPorts,
    cluster: 'west',
    logger: (entry) => log.push(entry),
  });
  const objects = await client.list(
    { apiVersion: 'v1', kind: 'Secret' },
    { content, onUnreadable: (one) => left.push(one) },
  );
  const warnings = log.flatMap(({ level, fields }) => (level === 'warning' ? [fields?.object] : []));
  return { names: objects.map(({ metadata }) => metadata.name), left, warnings };
}

function deep(levels: number): string {
  return `${'{"f:a":'.repeat(levels)}{}${'}'.repeat(levels)}`;
}

const plain = '{"metadata":{"name":"plain","namespace":"shop"}}';

describe('a list with an object of somebody who nests deeply', () => {
  test('has all of them by metadata', async () => {
    const object = `{"metadata":{"name":"deep","managedFields":[{"fieldsV1":${deep(9_000)}}]},"spec":${deep(9_000)}}`;
    expect(await listed([object, plain], 'Metadata')).toMatchObject({ names: ['deep', 'plain'], left: [] });
  });

  test('has all the others in full, and names that one', async () => {
    const object = `{"metadata":{"name":"deep","namespace":"shop"},"spec":${deep(9_000)}}`;
    const problem = 'it is nested more than 200 levels deep';
    expect(await listed([object, plain])).toEqual({
      names: ['plain'],
      left: [{ object: 'Secret shop/deep', problem }],
      warnings: ['Secret shop/deep'],
    });
  });
});

test('what is no object, or has metadata of another form, is left out and named', async () => {
  const odd = [
    '{}',
    '7',
    'null',
    '{"metadata":[]}',
    '{"metadata":{"name":7}}',
    '{"metadata":{"name":"a","labels":{"x":{}}}}',
  ];
  const { names, left } = await listed([...odd, plain, '{"metadata":{"name":"b","labels":null}}']);
  expect(names).toEqual(['plain', 'b']);
  expect(left.map(({ object }) => object)).toEqual([...odd.slice(1).map(() => 'Secret (without a name)'), 'Secret a']);
});

test('a list is no list without its outer form', async () => {
  server = await startScripted((_, response) => answer(response, 200, { metadata: {}, items: 'none' }));
  await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
  await expect(client.list({ apiVersion: 'v1', kind: 'Secret' })).rejects.toMatchObject({
    code: 'unexpected-response',
  });
});

describe('a list of a server that is broken or means ill', () => {
  const kind = { apiVersion: 'v1', kind: 'Secret' };
  const page = (token: string) => ({ metadata: { resourceVersion: '1', continue: token }, items: [] });

  test.each([
    ['the same page for ever', () => 'again', 3],
    ['pages in a circle', (index: number) => `page${index % 3}`, 5],
    ['other pages for ever', (index: number) => `page${index}`, 4_000],
  ])('that hands out %s ends', async (_, token, requests) => {
    server = await startScripted((_request, response, index) => answer(response, 200, page(token(index))));
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    await expect(client.list(kind)).rejects.toMatchObject({ code: 'unexpected-response', cluster: 'west' });
    expect(server.arrived.length).toBeLessThanOrEqual(requests);
  });

  test('has one time limit for all its pages', async () => {
    const clock = handClock({ instantUpTo: 0 });
    server = await startScripted((_, response, index) => {
      answer(response, 200, page(`page${index}`));
      clock.advance(300);
    });
    await using client = await connect(server.access, { ...testPorts, cluster: 'west', clock });
    const listed = client.list(kind, { timeoutMs: 1_000 });
    await expect(listed).rejects.toMatchObject({ code: 'timeout', cluster: 'west' });
    await expect(listed).rejects.toThrow('the list of Secret did not end within 1 s');
    expect(server.arrived.length).toBeLessThan(10);
  });

  const tooMuch = (response: ServerResponse): void => {
    const chunk = Buffer.alloc(1024 ** 2, ' ');
    response.writeHead(200, { 'content-type': 'application/json' });
    let left = 70;
    const write = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(chunk)) {
          response.once('drain', write);
          return;
        }
      }
      response.end();
    };
    write();
  };

  test('is asked for smaller pages where one is larger than any answer may be', async () => {
    server = await startScripted(({ query }, response) => {
      if (query.get('limit') === '500') tooMuch(response);
      else answer(response, 200, { metadata: {}, items: [{ metadata: { name: `limit ${query.get('limit')}` } }] });
    });
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    expect((await client.list(kind)).map(({ metadata }) => metadata.name)).toEqual(['limit 62']);
  });

  test('and any other answer of more than 64 MB is refused', async () => {
    server = await startScripted((_, response) => tooMuch(response));
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    const asked = client.raw({ method: 'GET', path: '/version' });
    await expect(asked).rejects.toMatchObject({ code: 'unexpected-response', cluster: 'west', retry: false });
    await expect(asked).rejects.toThrow('answered with more than 64 MB: GET /version');
    expect(server.arrived).toHaveLength(1);
  });
});
