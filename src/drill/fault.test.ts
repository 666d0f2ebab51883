import { expect, test } from 'vitest';
import { faultText, parseFault } from './fault.ts';

const clusters = ['west', 'east'];

test.each([
  ['gateway:east', { kind: 'gateway', cluster: 'east' }],
  ['istiod:west', { kind: 'istiod', cluster: 'west' }],
  ['endpoints:east', { kind: 'endpoints', cluster: 'east' }],
  [
    'endpoints:shop/reviews@east',
    { kind: 'endpoints', cluster: 'east', service: { namespace: 'shop', name: 'reviews' } },
  ],
])('%s is read, and written as it was', (text, fault) => {
  expect(parseFault(text, clusters)).toEqual(fault);
  expect(faultText(parseFault(text, clusters))).toBe(text);
});

test.each([
  'gateway:north',
  'endpoints:shop/reviews@north',
  'endpoints:shop/reviews',
  'gateway:shop/reviews@east',
  'endpoints:shop/@east',
  'pod:east',
  'east',
  'gateway:',
  '',
])('%j is refused', (text) => {
  expect(() => parseFault(text, clusters)).toThrow(expect.objectContaining({ code: 'usage' }));
});
