import type { MeshService } from '../../../api/mesh-service.ts';
import type { Evidence, Finding } from '../../../base/finding.ts';
import { remedy, set } from '../../../base/remedy.ts';
import type { JoinFacts, PortFact, ServiceFact } from '../../facts/join.ts';

/** Two clusters' Services of one name. */
interface Pair {
  readonly here: ServiceFact;
  readonly there: ServiceFact;
  /** The joining cluster, and the member that it is compared with. */
  readonly joining: string;
  readonly member: string;
  /** RFC 3339: when each was read. */
  readonly at: { readonly here: string; readonly there: string };
}

/**
 * Services of the same name and namespace in the joining cluster and in a member become one service in the mesh. Says
 * where they differ in what istiod joins them by. Those that the mesh keeps within their cluster are left out.
 */
export function checkServices(
  joining: JoinFacts,
  members: readonly JoinFacts[],
  declared: readonly MeshService[],
): readonly Finding[] {
  return members.flatMap((member) => {
    const theirs = new Map(member.services.map((service) => [keyOf(service), service]));
    return joining.services.flatMap((here) => {
      const there = theirs.get(keyOf(here));
      // Every cluster has this one for itself, and istiod knows it.
      if (there === undefined || keyOf(here) === 'default/kubernetes' || isLocal(here, declared)) return [];
      const at = { here: joining.readAt, there: member.readAt };
      return compare({ here, there, joining: joining.cluster, member: member.cluster, at });
    });
  });
}

function keyOf({ namespace, name }: ServiceFact): string {
  return `${namespace}/${name}`;
}

/** True where the mesh file keeps the service in the caller's cluster: then nothing is joined. */
function isLocal({ namespace, name }: ServiceFact, declared: readonly MeshService[]): boolean {
  return declared.some(({ metadata, spec }) => {
    if (spec.scope !== 'Cluster') return false;
    const host = spec.host ?? `${metadata.name}.${metadata.namespace}`;
    const short = `${name}.${namespace}`;
    const isFull = host.startsWith(`${short}.svc.`) && host.length > `${short}.svc.`.length;
    return ['*', `*.${namespace}`, short, `${short}.svc`].includes(host) || isFull;
  });
}

function compare(pair: Pair): readonly Finding[] {
  const { here, there } = pair;
  if (here.form !== there.form) {
    return [differs(pair, 'error', `is ${words[here.form]}, but ${words[there.form]} in ${pair.member}`)];
  }
  if (here.form === 'ExternalName') return [];
  return [...comparePorts(pair), ...compareWorkloads(pair)];
}

const words = {
  ClusterIP: 'a Service with an address',
  Headless: 'headless',
  ExternalName: 'an ExternalName',
} as const;

function comparePorts(pair: Pair): readonly Finding[] {
  const { here, there, joining, member } = pair;
  const common = here.ports.flatMap((port) => {
    const other = there.ports.find(({ number, protocol }) => number === port.number && protocol === port.protocol);
    return other === undefined ? [] : [[port, other] as const];
  });
  if (common.length === 0 && here.ports.length > 0 && there.ports.length > 0) {
    const message = `has no port in common with the one in ${member} (${numbers(here)} here, ${numbers(there)} there): they are not the same service`;
    return [differs(pair, 'error', message)];
  }
  return [
    ...common.flatMap(([port, other]) => comparePort(pair, port, other)),
    ...onlyIn(here, there).map((number) => portFinding(pair, 'warning', `port ${number} exists in ${joining} only`)),
    ...onlyIn(there, here).map((number) => portFinding(pair, 'warning', `port ${number} exists in ${member} only`)),
  ];
}

function comparePort(pair: Pair, port: PortFact, other: PortFact): readonly Finding[] {
  const { joining, member } = pair;
  if (port.name !== other.name) {
    const message = `port ${port.number} is called ${quoted(port.name)} in ${joining} and ${quoted(other.name)} in ${member}`;
    return [portFinding(pair, 'error', message)];
  }
  if (port.appProtocol === other.appProtocol) return [];
  const message = `port ${port.number} speaks ${port.appProtocol ?? 'no stated protocol'} in ${joining} and ${other.appProtocol ?? 'no stated protocol'} in ${member}`;
  return [portFinding(pair, 'error', message)];
}

/** One of the two alone may be a version of the same service; both together mean another service. */
function compareWorkloads(pair: Pair): readonly Finding[] {
  const { here, there, member } = pair;
  const otherSelector = selectorText(here) !== selectorText(there);
  const known = here.images.length > 0 && there.images.length > 0;
  const otherImages = known && !here.images.some((image) => there.images.includes(image));
  const images = `runs ${here.images.join(', ')}, but ${there.images.join(', ')} in ${member}`;
  if (otherSelector && otherImages) {
    return [differs(pair, 'error', `${images}, and selects other pods: they are not the same service`)];
  }
  if (otherImages) return [differs(pair, 'warning', images)];
  const selectors = `selects ${selectorText(here)}, but ${selectorText(there)} in ${member}`;
  return otherSelector ? [differs(pair, 'warning', selectors)] : [];
}

function selectorText({ selector }: ServiceFact): string {
  const entries = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return entries.length === 0 ? 'no pods' : entries.toSorted().join(',');
}

function onlyIn(one: ServiceFact, other: ServiceFact): readonly number[] {
  return one.ports.map(({ number }) => number).filter((number) => !other.ports.some((port) => port.number === number));
}

function numbers({ ports }: ServiceFact): string {
  return ports.map(({ number }) => number).join(', ');
}

function quoted(name: string): string {
  return name === '' ? 'nothing' : JSON.stringify(name);
}

function differs(pair: Pair, severity: Finding['severity'], message: string): Finding {
  const { here, joining, member } = pair;
  const { namespace, name } = here;
  const local = set('spec.scope', { kind: 'MeshService', name: `${namespace}/${name}` }, 'Cluster');
  return {
    code: 'join-service-differs',
    severity,
    category: 'Config',
    cluster: joining,
    peer: member,
    object: `Service ${keyOf(here)}`,
    message: `Service ${keyOf(here)} ${message}`,
    remedy: remedy`rename one of the two or make them alike; or keep each in its own cluster: ${local}`,
    evidence: evidenceOf(pair),
  };
}

function portFinding(pair: Pair, severity: Finding['severity'], message: string): Finding {
  const { here, joining, member } = pair;
  return {
    code: 'join-port-differs',
    severity,
    category: 'Config',
    cluster: joining,
    peer: member,
    object: `Service ${keyOf(here)}`,
    message: `Service ${keyOf(here)}: ${message}`,
    remedy:
      "make them alike: endpoints of different clusters are joined by the port's name, and those of another name are left out",
    evidence: evidenceOf(pair),
  };
}

function evidenceOf({ here, there, joining, member, at }: Pair): readonly Evidence[] {
  return [
    { fact: describe(here), source: `${joining}: Service ${keyOf(here)}`, at: at.here },
    { fact: describe(there), source: `${member}: Service ${keyOf(there)}`, at: at.there },
  ];
}

function describe(service: ServiceFact): string {
  const ports = service.ports.map(({ number, name, appProtocol }) =>
    [`${number}`, name, appProtocol].filter(Boolean).join('/'),
  );
  const images = service.images.length === 0 ? '' : `; images ${service.images.join(', ')}`;
  return `${words[service.form]}; ports ${ports.join(', ') || 'none'}; selects ${selectorText(service)}${images}`;
}
