import { describe, expect, test } from 'vitest';
import type { Json } from '../base/json.ts';
import { fieldsNotHeld, fieldText, isHeld, withoutFields } from './fields.ts';

function missing(desired: Json, held: Json | undefined): readonly string[] {
  return fieldsNotHeld(desired, held).map((at) => fieldText(desired, at));
}

describe('fieldsNotHeld', () => {
  test('is empty where every field is held', () => {
    const desired = { data: { a: '1' }, metadata: { labels: { x: 'y' } } };
    const held = { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:labels': { 'f:x': {} } } };
    expect(missing(desired, held)).toEqual([]);
  });

  test('names a field that another manager took', () => {
    const desired = { spec: { replicas: 2, paused: false } };
    expect(missing(desired, { 'f:spec': { 'f:paused': {} } })).toEqual(['spec.replicas']);
  });

  test('names each field of a map of which nothing is held', () => {
    expect(missing({ metadata: { labels: { a: '1', b: '2' } } }, {})).toEqual([]);
    expect(missing({ metadata: { labels: { a: '1', b: '2' } } }, { 'f:spec': {} })).toEqual([
      'metadata.labels.a',
      'metadata.labels.b',
    ]);
  });

  test('finds list items by their keys, defaulted keys left out', () => {
    const desired = { ports: [{ port: 443, name: 'https' }] };
    const held = { 'f:ports': { 'k:{"port":443,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } } };
    expect(missing(desired, held)).toEqual([]);
    expect(missing({ ports: [{ port: 80, name: 'http' }] }, held)).toEqual(['ports[http]']);
  });

  test('takes no keys from a member that cannot be read', () => {
    const desired = { ports: [{ port: 443 }] };
    for (const member of ['k:\u202e{"port":443}', 'k:', 'k:443', 'k:null', 'k:{'])
      expect(missing(desired, { 'f:ports': { [member]: { 'f:port': {} } } }), member).toEqual(['ports[0]']);
  });

  test('finds set members by value and takes an empty set as the whole value', () => {
    expect(missing({ finalizers: ['a', 'b'] }, { 'f:finalizers': { '.': {}, 'v:"a"': {} } })).toEqual([
      'finalizers[1]',
    ]);
    expect(missing({ args: ['x', 'y'] }, { 'f:args': {} })).toEqual([]);
  });

  test('names the very field of an item that was taken', () => {
    const desired = { containers: [{ name: 'discovery', image: 'a' }] };
    const held = { 'f:containers': { 'k:{"name":"discovery"}': { '.': {}, 'f:name': {} } } };
    expect(missing(desired, held)).toEqual(['containers[discovery].image']);
  });
});

describe('isHeld', () => {
  const object = { spec: { ports: [{ port: 443 }, { port: 80 }], args: ['x'], type: 'A' } };

  test('follows keys, items by their keys, members by their value', () => {
    const held = {
      'f:spec': { 'f:ports': { 'k:{"port":443,"protocol":"TCP"}': { 'f:port': {} } }, 'f:args': { 'v:"x"': {} } },
    };
    expect(isHeld(object, held, ['spec', 'ports', 0, 'port'])).toBe(true);
    expect(isHeld(object, held, ['spec', 'ports', 1, 'port'])).toBe(false);
    expect(isHeld(object, held, ['spec', 'args', 0])).toBe(true);
    expect(isHeld(object, held, ['spec', 'type'])).toBe(false);
  });

  test('a whole value that is held holds everything in it', () => {
    expect(isHeld(object, { 'f:spec': { 'f:ports': {} } }, ['spec', 'ports', 1, 'port'])).toBe(true);
  });
});

describe('withoutFields', () => {
  test('takes out fields and items, and maps that become empty', () => {
    const object = {
      metadata: { labels: { a: '1' }, name: 'x' },
      spec: { ports: [{ port: 1 }, { port: 2, name: 'b' }] },
    };
    expect(
      withoutFields(object, [
        ['metadata', 'labels', 'a'],
        ['spec', 'ports', 0],
        ['spec', 'ports', 1, 'name'],
      ]),
    ).toEqual({ metadata: { name: 'x' }, spec: { ports: [{ port: 2 }] } });
  });
});
