import { describe, expect, test } from 'vitest';
import { Feed, type FeedEvent, topicsOf } from './feed.ts';
import type { Look, WatchedReports } from './messages.ts';

const status = (mesh: string, readAt: string): Look => ({
  shown: { report: { mesh, readAt } as WatchedReports['MeshStatus'], remedies: {} },
  readAt,
});

function heard(feed: Feed, lastId?: string): FeedEvent[] {
  const events: FeedEvent[] = [];
  feed.listen(topicsOf('MeshStatus'), lastId, (event) => events.push(event));
  return events;
}

describe('a feed', () => {
  test('tells who comes what it holds, and then what changes', () => {
    const feed = new Feed('p');
    feed.put('MeshStatus', status('shop', '1'));
    const events = heard(feed);
    feed.put('MeshStatus', status('shop', '2'));
    feed.put('MeshStatus', status('books', '3'));
    expect(events.map(({ name, look }) => [name, look.readAt])).toEqual([
      ['look', '1'],
      ['seen', '2'],
      ['look', '3'],
    ]);
  });

  test('tells who comes back only what has changed since', () => {
    const feed = new Feed('p');
    feed.put('MeshStatus', status('shop', '1'));
    const id = heard(feed).at(-1)?.id;
    feed.put('MeshStatus', status('shop', '2'));
    expect(heard(feed, id).map(({ name }) => name)).toEqual(['seen']);
    feed.put('MeshStatus', status('books', '3'));
    expect(heard(feed, id).map(({ name }) => name)).toEqual(['look']);
  });

  test('tells who wants other topics than before what it was never sent', () => {
    const feed = new Feed('p');
    feed.put('MeshStatus', status('shop', '1'));
    feed.put('DoctorReport', status('shop', '1'));
    const id = heard(feed).at(-1)?.id;
    const events: FeedEvent[] = [];
    feed.listen(topicsOf('MeshStatus,DoctorReport'), id, (event) => events.push(event));
    expect(events.map(({ topic, name }) => [topic, name])).toEqual([
      ['MeshStatus', 'seen'],
      ['DoctorReport', 'look'],
    ]);
  });

  test('tells all to who comes back from another process, and to an id that is none', () => {
    const feed = new Feed('p');
    feed.put('MeshStatus', status('shop', '1'));
    for (const id of ['q MeshStatus=1', 'p', 'p MeshStatus=x', '=', 'p MeshStatus=1 '.repeat(3).slice(1)]) {
      expect(heard(feed, id).map(({ name }) => name)).toEqual(['look']);
    }
  });

  test('keeps the last report, with its time, where the next attempt gives none', () => {
    const feed = new Feed('p');
    const events = heard(feed);
    feed.put('MeshStatus', status('shop', '1'));
    feed.put('MeshStatus', { problem: { code: 'timeout', message: 'timed out' } });
    expect(events.at(-1)?.look).toMatchObject({
      readAt: '1',
      shown: { report: { mesh: 'shop' } },
      problem: { code: 'timeout' },
    });
    feed.put('MeshStatus', status('shop', '2'));
    expect(events.at(-1)?.look.problem).toBeUndefined();
  });

  test('says nothing of other topics, and knows whether somebody listens', () => {
    const feed = new Feed('p');
    const events: FeedEvent[] = [];
    const stop = feed.listen(topicsOf('MeshStatus'), undefined, (event) => events.push(event));
    feed.put('TrustReport', { problem: { code: 'usage', message: 'no' } });
    expect(events).toEqual([]);
    expect([feed.isWanted('MeshStatus'), feed.isWanted('TrustReport')]).toEqual([true, false]);
    stop();
    expect(feed.isWanted('MeshStatus')).toBe(false);
  });
});

test('words that are no topics are none', () => {
  expect([...topicsOf('TrustReport,Secrets,constructor,,MeshStatus')]).toEqual(['MeshStatus', 'TrustReport']);
});
