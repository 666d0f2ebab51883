import { expect, test } from 'vitest';
import { injectedNames, injectionPath } from './injection-path.ts';

test.each([
  [injectionPath({ cluster: 'east', network: 'eu' }), { cluster: 'east', network: 'eu' }],
  ['https://192.0.2.1:15017/inject/cluster/east/net/eu', { cluster: 'east', network: 'eu' }],
  ['/inject/:ENV:cluster=east:ENV:net=eu', { cluster: 'east', network: 'eu' }],
  ['/inject/net/eu/cluster/east', { cluster: 'east', network: 'eu' }],
  ['/inject/cluster/east', { cluster: 'east', network: undefined }],
  ['/inject/cluster/east/net/', { cluster: 'east', network: undefined }],
  ['/inject', undefined],
  ['/inject/cluster', undefined],
  ['/inject/net/cluster', undefined],
  ['/other/cluster/east', undefined],
  [`/inject/cluster/${'e'.repeat(2000)}`, undefined],
])('%s names %o', (path, names) => {
  expect(injectedNames(path)).toEqual(names);
});
