import { describe, expect, test } from 'vitest';
import { fieldsNotHeld } from './fields.ts';

describe('fieldsNotHeld', () => {
  test('is empty where every field is held', () => {
    const desired = { data: { a: '1' }, metadata: { labels: { x: 'y' } } };
    const held = { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:labels': { 'f:x': {} } } };
    expect(fieldsNotHeld(desired, held)).toEqual([]);
  });

  test('names a field that another manager took', () => {
    const desired = { spec: { replicas: 2, paused: false } };
    expect(fieldsNotHeld(desired, { 'f:spec': { 'f:paused': {} } })).toEqual(['spec.replicas']);
  });

  test('finds list items by their keys, defaulted keys left out', () => {
    const desired = { ports: [{ port: 443, name: 'https' }] };
    const held = { 'f:ports': { 'k:{"port":443,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } } };
    expect(fieldsNotHeld(desired, held)).toEqual([]);
    expect(fieldsNotHeld({ ports: [{ port: 80, name: 'http' }] }, held)).toEqual(['ports[0]']);
  });

  test('finds set members by value and takes an empty set as the whole value', () => {
    expect(fieldsNotHeld({ finalizers: ['a', 'b'] }, { 'f:finalizers': { '.': {}, 'v:"a"': {} } })).toEqual([
      'finalizers[1]',
    ]);
    expect(fieldsNotHeld({ args: ['x', 'y'] }, { 'f:args': {} })).toEqual([]);
  });

  test('an item whose field was taken is not held', () => {
    const desired = { containers: [{ name: 'discovery', image: 'a' }] };
    expect(fieldsNotHeld(desired, { 'f:containers': { 'k:{"name":"discovery"}': { '.': {}, 'f:name': {} } } })).toEqual(
      ['containers[0]'],
    );
  });
});
