import { expect, test } from 'vitest';
import { meshNetworks } from './mesh-networks.ts';

test('each network has the addresses of its gateways once, and the others are left to their Services', () => {
  expect(
    meshNetworks([
      { network: 'eu', addresses: ['198.51.100.7', 'gateway.example.com:31443'] },
      { network: 'us', addresses: ['[2001:db8::7]'] },
      { network: 'eu', addresses: ['198.51.100.7', '198.51.100.8'] },
    ]),
  ).toEqual({
    eu: {
      gateways: [
        { address: '198.51.100.7', port: 15443 },
        { address: 'gateway.example.com', port: 31443 },
        { address: '198.51.100.8', port: 15443 },
      ],
    },
    us: { gateways: [{ address: '2001:db8::7', port: 15443 }] },
  });
  expect(meshNetworks([])).toBeUndefined();
});
