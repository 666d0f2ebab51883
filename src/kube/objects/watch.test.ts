import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { KubeClient, WatchEvent } from '../client.ts';
import { connect } from '../connect.ts';
import { handClock } from '../testing/hand-clock.ts';
import { testPorts } from '../testing/ports.ts';
import { type Arrived, answer, startScripted, statusBody } from '../testing/scripted-server.ts';

const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
const item = (name: string, version: string): object => ({
  ...kind,
  metadata: { name, namespace: 'a', resourceVersion: version },
});
const line = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const list = (version: string, ...names: string[]): Parameters<typeof answer>[2] => ({
  metadata: { resourceVersion: version },
  items: names.map((name) => ({ metadata: { name, namespace: 'a' } })),
});

type Clock = ReturnType<typeof handClock>;
/** Plays the server: `lists` and `watches` in turn; each watch gets its request and response. */
interface Play {
  readonly lists: readonly Parameters<typeof answer>[2][];
  readonly watches: readonly ((response: ServerResponse, clock: Clock, request: Arrived) => void)[];
}

interface Result {
  readonly seen: string[];
  readonly requests: readonly Arrived[];
  readonly slept: readonly number[];
}

function words(event: WatchEvent): string {
  if (event.type === 'Listed') return `Listed ${event.objects.map(({ metadata }) => metadata.name).join(' ')}`;
  return `${event.type} ${event.object.metadata.name}`;
}

/** Watches until `count` events came. */
async function watchScripted(play: Play, count: number): Promise<Result> {
  const clock = handClock({ instantUpTo: 20_000 });
  let lists = 0;
  let watches = 0;
  await using server = await startScripted((request, response) => {
    if (!request.query.has('watch')) answer(response, 200, play.lists[lists++] ?? list('99'));
    else {
      const next = play.watches[watches++];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      next?.(response, clock, request);
    }
  });
  await using client = await connect(server.access, { ...testPorts, cluster: 'west', clock, random: () => 0 });
  const seen = await collect(client, count);
  return { seen, requests: server.arrived.filter(({ query }) => query.has('watch')), slept: clock.slept };
}

async function collect(client: KubeClient, count: number): Promise<string[]> {
  const seen: string[] = [];
  const signal = new AbortController().signal;
  for await (const event of client.watch(kind, { namespace: 'a', signal })) {
    seen.push(words(event));
    if (seen.length === count) break;
  }
  return seen;
}

describe('a watch', () => {
  test('goes on without an object that nobody can read', async () => {
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const { seen } = await watchScripted(
      {
        lists: [list('5')],
        watches: [
          (response) => {
            response.write(line('ADDED', { ...item('deep', '6'), data: 'DEEP' }).replace('"DEEP"', deep));
            response.write(line('ADDED', item('plain', '7')));
          },
        ],
      },
      2,
    );
    expect(seen).toEqual(['Listed ', 'Added plain']);
  });

  test('lists, follows, and goes on from the last version or bookmark when the server ends it', async () => {
    const { seen, requests, slept } = await watchScripted(
      {
        lists: [list('10', 'a')],
        watches: [
          (response) =>
            response.end(
              line('MODIFIED', item('a', '11')) + line('BOOKMARK', { ...kind, metadata: { resourceVersion: '20' } }),
            ),
          (response) => response.write(line('DELETED', item('a', '21'))),
        ],
      },
      3,
    );
    expect(seen).toEqual(['Listed a', 'Modified a', 'Deleted a']);
    expect(requests.map(({ query }) => query.get('resourceVersion'))).toEqual(['10', '20']);
    expect(requests[0]?.query.get('allowWatchBookmarks')).toBe('true');
    expect(requests[0]?.query.get('timeoutSeconds')).toBe('240');
    expect(slept).toEqual([]);
  });

  test('lists again when the version is too old, in an event or as the answer', async () => {
    const gone = statusBody(410, { reason: 'Expired' }) as object;
    const { seen, slept } = await watchScripted(
      {
        lists: [list('10', 'a'), list('30', 'b'), list('40', 'c')],
        watches: [
          (response) => response.end(line('ERROR', gone)),
          (response) => response.end(line('ERROR', gone)),
          (response) => response.write(line('ADDED', item('d', '41'))),
        ],
      },
      4,
    );
    expect(seen).toEqual(['Listed a', 'Listed b', 'Listed c', 'Added d']);
    expect(slept).toEqual([250, 250]);
  });

  test('drops a line that was cut off and gets it again', async () => {
    const { seen, requests } = await watchScripted(
      {
        lists: [list('10')],
        watches: [
          (response) => {
            response.write(line('ADDED', item('a', '11')) + line('ADDED', item('b', '12')).slice(0, 30), () =>
              response.destroy(),
            );
          },
          (response) => response.write(line('ADDED', item('b', '12'))),
        ],
      },
      3,
    );
    expect(seen).toEqual(['Listed ', 'Added a', 'Added b']);
    expect(requests.map(({ query }) => query.get('resourceVersion'))).toEqual(['10', '11']);
  });

  test('joins a line that comes in pieces', async () => {
    const whole = line('ADDED', item('ä', '11'));
    const bytes = Buffer.from(whole);
    const { seen } = await watchScripted(
      {
        lists: [list('10')],
        watches: [
          (response) => {
            const cut = bytes.indexOf(0xc3) + 1;
            response.write(bytes.subarray(0, cut), () => setImmediate(() => response.write(bytes.subarray(cut))));
          },
        ],
      },
      2,
    );
    expect(seen).toEqual(['Listed ', 'Added ä']);
  });

  test('a connection that is silent for too long is left, and what it may have kept back is listed', async () => {
    const { seen, requests } = await watchScripted(
      {
        lists: [list('10'), list('20')],
        watches: [
          (response, clock) => {
            response.write(line('ADDED', item('a', '11')));
            const silence = setInterval(() => clock.advance(30_000), 5);
            response.on('close', () => clearInterval(silence));
          },
          (response) => response.write(line('ADDED', item('b', '21'))),
        ],
      },
      4,
    );
    expect(seen).toEqual(['Listed ', 'Added a', 'Listed ', 'Added b']);
    expect(requests.at(-1)?.query.get('resourceVersion')).toBe('20');
  });

  test('backs off while the server fails, up to half a minute', async () => {
    const { slept } = await watchScripted(
      {
        lists: [list('10')],
        watches: [
          ...Array.from({ length: 9 }, () => (response: ServerResponse) => response.destroy()),
          (response) => response.write(line('ADDED', item('a', '11'))),
        ],
      },
      2,
    );
    expect(slept).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  test('the first failure is thrown, and so are lost rights later', async () => {
    let requests = 0;
    await using server = await startScripted((_request, response) => {
      requests += 1;
      if (requests === 1) answer(response, 200, list('10', 'a'));
      else answer(response, 403, statusBody(403, { reason: 'Forbidden', message: 'no more' }));
    });
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    const events = client.watch(kind, { signal: new AbortController().signal })[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ type: 'Listed' });
    await expect(events.next()).rejects.toMatchObject({ code: 'access-denied' });
    await expect(collect(client, 1)).rejects.toMatchObject({ code: 'access-denied' });
  });

  test('ends silently when its signal is aborted', async () => {
    const ending = new AbortController();
    await using server = await startScripted((request, response) => {
      if (!request.query.has('watch')) answer(response, 200, list('10', 'a'));
      else ending.abort();
    });
    await using client = await connect(server.access, { ...testPorts, cluster: 'west' });
    const seen: string[] = [];
    for await (const event of client.watch(kind, { signal: ending.signal })) seen.push(words(event));
    expect(seen).toEqual(['Listed a']);
  });
});
