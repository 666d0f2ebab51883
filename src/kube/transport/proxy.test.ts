import { expect, test } from 'vitest';
import { proxyFromEnvironment } from './proxy.ts';

const HTTPS_PROXY = 'http://proxy:3128';

test.each([
  ['https://api.example.com:6443', { HTTPS_PROXY }, HTTPS_PROXY],
  ['https://api.example.com:6443', { https_proxy: 'proxy:3128' }, HTTPS_PROXY],
  ['https://api.example.com:6443', {}, undefined],
  ['https://127.0.0.1:6443', { HTTPS_PROXY }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY }, undefined],
  ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: '*' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: ' example.com ' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: '.example.com:443' }, undefined],
  ['https://api.example.com', { HTTPS_PROXY, NO_PROXY: 'example.com:8443' }, HTTPS_PROXY],
  ['https://badexample.com', { HTTPS_PROXY, NO_PROXY: 'example.com' }, HTTPS_PROXY],
  ['https://10.1.2.3:6443', { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['https://11.1.2.3:6443', { HTTPS_PROXY, NO_PROXY: '10.0.0.0/8,nonsense/9' }, HTTPS_PROXY],
  ['https://10.1.2.3:6443', { HTTPS_PROXY, NO_PROXY: '10.1.2.3' }, undefined],
  ['https://[fd00::7]:6443', { HTTPS_PROXY, NO_PROXY: 'fd00::/8' }, undefined],
])('%s with %o goes through %s', (server, env, proxy) => {
  expect(proxyFromEnvironment(server, env)).toBe(proxy);
});
