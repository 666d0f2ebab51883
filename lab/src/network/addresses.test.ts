import { describe, expect, test } from 'vitest';
import { clusterAddresses, labSlots, wanAddresses } from './addresses.ts';

describe('address plan', () => {
  test('gives the first cluster of the first lab these addresses', () => {
    expect(clusterAddresses(0, 1)).toEqual({
      wan: '198.19.0.1',
      podSubnet: '198.18.1.0/24',
      podGateway: '198.18.1.1',
      podFirst: '198.18.1.10',
      loadBalancers: [32, 33, 34, 35, 36, 37, 38].map((last) => `198.19.0.${last}`),
      serviceSubnet: '10.96.0.0/16',
      serviceApi: '10.96.0.1',
    });
  });

  test('has room for 31 clusters in each of 8 labs without using an address or a pod subnet twice', () => {
    const wan: string[] = [];
    const pods: string[] = [];
    for (let lab = 0; lab < labSlots; lab += 1) {
      wan.push(wanAddresses(lab).host);
      for (let cluster = 1; cluster <= 31; cluster += 1) {
        const addresses = clusterAddresses(lab, cluster);
        wan.push(addresses.wan, ...addresses.loadBalancers);
        pods.push(addresses.podSubnet);
      }
    }
    expect(new Set(wan).size).toBe(wan.length);
    expect(new Set(pods).size).toBe(pods.length);
    const numbers = [...wan, ...pods.map((subnet) => subnet.replace('/24', ''))].flatMap((text) => text.split('.'));
    expect(numbers.map(Number).filter((n) => !(n >= 0 && n <= 255))).toEqual([]);
  });
});
