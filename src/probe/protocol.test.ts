import { expect, test } from 'vitest';
import { parseClientLines, parseClientPlan, parseServerAnswer, parseServerPlan } from './protocol.ts';

test('reads whole lines and leaves out warnings and a half-written last line', () => {
  const text = [
    '(node:1) Warning: something',
    '{"type":"proxy","state":"Ready","afterMs":120,"detail":""}',
    '{"type":"unknown"}',
    '{"type":"reached","service":"all","afterMs":1.5}',
    '{"type":"comp',
  ].join('\n');
  expect(parseClientLines(text).map((line) => line.type)).toEqual(['proxy', 'reached']);
});

test('a plan that is missing or malformed says what to run instead', () => {
  for (const text of [undefined, '', '{', '{}']) {
    expect(() => parseClientPlan(text)).toThrow(/ISTHMUS_PROBE_PLAN holds no plan/);
    expect(() => parseServerPlan(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  }
});

test('an answer that is not the probe server’s is none', () => {
  expect(parseServerAnswer('<html>')).toBeUndefined();
  expect(parseServerAnswer('{"cluster":"east"}')).toBeUndefined();
});
