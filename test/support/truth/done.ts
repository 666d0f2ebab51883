import { join } from 'node:path';
import { cutLink, healLinks } from '../../../lab/src/links.ts';
import { startApiServer, stopApiServer } from '../api-server.ts';
import { endedWith } from '../cli.ts';
import { eventually } from '../eventually.ts';
import { checkout, type TestLab } from '../lab.ts';
import type { Data, Ingress, Name, Step } from './fault.ts';

export const mesh: string = join(checkout, 'examples/two-networks/mesh.yaml');
const names = ['west', 'east'] as const;
const settlesWithinMs = 60_000;

/** Does one step in the clusters of the lab, which are to be as the file says. */
export async function done(lab: TestLab, step: Step, file: string = mesh): Promise<void> {
  if ('link' in step) {
    await (step.link === 'cut' ? cutLink(lab.lab.name, names) : healLinks(lab.lab.name));
  } else if ('apply' in step) {
    endedWith(0, await lab.isthmus.run(['apply', '-f', file]));
  } else if ('outside' in step) {
    await step.outside();
  } else if ('balanced' in step) {
    await balancedElsewhere(lab, step, file);
  } else if ('api' in step) {
    await (step.api === 'stop' ? stopApiServer : startApiServer)(lab, step.at);
  } else if ('object' in step) {
    const path = await lab.file('object.json', JSON.stringify(step.object));
    await lab.kubectl(step.at, 'apply', '--server-side', '--force-conflicts', '-f', path);
  } else if ('edit' in step) {
    const inSystem = ['-n', 'istio-system'];
    const { data } = await lab.objects<{ data: Data }>(step.at, ...inSystem, 'get', step.edit);
    const patch = JSON.stringify({ data: await step.data(data) });
    await lab.kubectl(step.at, ...inSystem, 'patch', step.edit, '--type=merge', '-p', patch);
  } else if ('roots' in step) {
    await rootsThat(step.roots, lab);
  } else if ('refused' in step) {
    await refused(lab, step);
  } else await lab.kubectl(step.at, ...step.kubectl);
}

async function rootsThat(wanted: 'differ' | 'agree', lab: TestLab): Promise<void> {
  await eventually(
    async () => {
      const get = ['-n', 'sample', 'get', 'configmap', 'istio-ca-root-cert'];
      const held = await Promise.all(names.map(async (name) => await lab.objects<{ data: Data }>(name, ...get)));
      const roots = new Set(held.map(({ data }) => data['root-cert.pem']));
      return roots.size === (wanted === 'agree' ? 1 : 2) ? undefined : `the roots do not ${wanted}`;
    },
    { timeoutMs: settlesWithinMs },
  );
}

async function refused(lab: TestLab, { at, refused: name }: { readonly at: Name; readonly refused: string }) {
  const { data } = await lab.objects<{ data: Data }>(at, '-n', 'istio-system', 'get', 'secret', name);
  for (const [cluster, held] of Object.entries(data)) {
    const kubeconfig = await lab.file('kubeconfig', Buffer.from(held, 'base64').toString());
    await eventually(
      async () => {
        const said = await lab.kubectl(cluster, '--kubeconfig', kubeconfig, 'get', 'namespaces').catch(String);
        return said.includes('Unauthorized') ? undefined : said;
      },
      { timeoutMs: settlesWithinMs },
    );
  }
}

interface BalancedService {
  readonly metadata: { readonly labels: Data; readonly annotations?: Data };
  readonly spec: {
    readonly selector: Data;
    readonly ports: readonly { readonly name: string; readonly port: number }[];
  };
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly object[] } };
}

/** A Service keeps its load balancer for life, so that the gateway gets a new one. The mesh takes it over as it is. */
async function balancedElsewhere(
  lab: TestLab,
  { at, balanced }: { readonly at: Name; readonly balanced: Ingress },
  file: string,
): Promise<void> {
  const service = ['service', 'istio-eastwestgateway'];
  const inSystem = ['-n', 'istio-system'];
  const { metadata, spec } = await lab.objects<BalancedService>(at, ...inSystem, 'get', ...service);
  const ports = spec.ports.map(({ name, port }) => ({ name, port }));
  const { labels, annotations } = metadata;
  const another = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'istio-eastwestgateway', namespace: 'istio-system', labels, annotations },
    spec: { type: 'LoadBalancer', loadBalancerClass: 'example.com/other', selector: spec.selector, ports },
  };
  await lab.kubectl(at, ...inSystem, 'delete', ...service);
  await done(lab, { at, object: another });
  const ingress = 'of' in balanced ? await ingressOf(lab, otherThan(at), balanced.of) : [balanced];
  const status = JSON.stringify({ status: { loadBalancer: { ingress } } });
  await lab.kubectl(at, ...inSystem, 'patch', ...service, '--subresource=status', '--type=merge', '-p', status);
  await done(lab, { apply: true }, file);
}

function otherThan(at: Name): Name {
  return at === 'west' ? 'east' : 'west';
}

async function ingressOf(lab: TestLab, at: Name, name: string): Promise<readonly object[]> {
  let ingress: readonly object[] = [];
  await eventually(
    async () => {
      const { status } = await lab.objects<BalancedService>(at, '-n', 'istio-system', 'get', 'service', name);
      ingress = status.loadBalancer.ingress ?? [];
      return ingress.length > 0 ? undefined : `Service ${name} has no address`;
    },
    { timeoutMs: settlesWithinMs },
  );
  return ingress;
}
