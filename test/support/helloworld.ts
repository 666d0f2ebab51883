import { join } from 'node:path';
import { checkout, type TestLab } from './lab.ts';

const clusters = ['west', 'east'] as const;
const inSample = ['-n', 'sample'] as const;

/**
 * Makes helloworld in the namespace `sample`, v1 in west and v2 in east, its Service in both, and a client in west; all of
 * them are available when it ends.
 */
export async function deployHelloworld(lab: TestLab): Promise<void> {
  const file = (name: string): readonly string[] => [...inSample, '-f', join(checkout, 'lab/manifests', name)];
  await Promise.all([
    ...clusters.map((name) => lab.kubectl(name, 'apply', ...file('helloworld.yaml'), '-l', 'service=helloworld')),
    lab.kubectl('west', 'apply', ...file('helloworld.yaml'), '-l', 'version=v1'),
    lab.kubectl('east', 'apply', ...file('helloworld.yaml'), '-l', 'version=v2'),
    lab.kubectl('west', 'apply', ...file('client.yaml')),
  ]);
  const available = [...inSample, 'wait', '--for=condition=Available', 'deployment', '--all', '--timeout=240s'];
  await Promise.all(clusters.map((name) => lab.kubectl(name, ...available)));
}
