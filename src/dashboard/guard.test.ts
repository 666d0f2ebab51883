import { expect, test } from 'vitest';
import { type Asked, refusalOf } from './guard.ts';

const port = 4321;
const own: Asked = {
  method: 'GET',
  path: '/api/about',
  host: '127.0.0.1:4321',
  origin: undefined,
  site: 'same-origin',
};
const entry: Asked = { ...own, method: 'POST', path: '/entry', origin: 'http://127.0.0.1:4321' };

test.each<[string, Partial<Asked>]>([
  ['the page itself', {}],
  ['the page by the name of this machine', { host: 'localhost:4321', origin: 'http://localhost:4321' }],
  ['a program that is no browser', { site: undefined }],
  ['a link to the page from anywhere', { path: '/', site: 'cross-site' }],
  ['a view of the page that was typed', { path: '/doctor', site: 'none' }],
])('%s is answered', (_, change) => {
  expect(refusalOf({ ...own, ...change }, port)).toBeUndefined();
});

test.each<[string, Partial<Asked>]>([
  ['a name of another that was pointed here', { host: 'evil.example:4321' }],
  ['such a name that looks like ours', { host: '127.0.0.1.evil.example:4321' }],
  ['our address with another port', { host: '127.0.0.1:80' }],
  ['no host', { host: undefined }],
  ['a script of another site', { origin: 'https://evil.example' }],
  ['a page of no site, such as a file', { origin: 'null' }],
  ['another program of this machine', { origin: 'http://127.0.0.1:4322' }],
  ['our other name, which has its own cookies', { origin: 'http://localhost:4321' }],
  ['another site whose request has no origin', { site: 'cross-site' }],
  ['another program of this machine without an origin', { site: 'same-site' }],
  ['an address of the reports that was typed', { site: 'none' }],
])('%s is refused', (_, change) => {
  expect(refusalOf({ ...own, ...change }, port)).toMatchObject({ status: 403 });
});

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is not taken, which writes', (method) => {
  expect(refusalOf({ ...own, method }, port)).toMatchObject({ status: 405 });
  expect(refusalOf({ ...own, method, path: '/' }, port)).toMatchObject({ status: 405 });
});

test('the key is taken from the page alone, and from no address', () => {
  expect(refusalOf(entry, port)).toBeUndefined();
  expect(refusalOf({ ...entry, method: 'GET' }, port)).toMatchObject({ status: 405 });
  expect(refusalOf({ ...entry, origin: undefined }, port)).toMatchObject({ status: 405 });
  expect(refusalOf({ ...entry, origin: 'https://evil.example' }, port)).toMatchObject({ status: 403 });
});
