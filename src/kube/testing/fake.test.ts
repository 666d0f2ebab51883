import { describe, test } from 'vitest';
import { contract } from './contract.ts';
import { createFake } from './fake.ts';

describe('the fake keeps the contract of a client', () => {
  test.each(contract)('$name', async ({ run }) => {
    const objects = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'contract' } }];
    await using client = createFake({ objects });
    await run(client, 'contract');
  });
});
