import type { KubeObject } from '../../objects/object.ts';
import { fieldsOf, textOf } from './fields.ts';

type Labels = Readonly<Record<string, string>>;

export const regionLabel = 'topology.kubernetes.io/region';
export const zoneLabel = 'topology.kubernetes.io/zone';
export const subzoneLabel = 'topology.istio.io/subzone';
export const networkLabel = 'topology.istio.io/network';
export const clusterLabel = 'topology.istio.io/cluster';
export const hostnameLabel = 'kubernetes.io/hostname';

/** The locality that a workload's own labels give, '' where they give none (pkg/model, GetLocalityLabel). */
export function localityOfLabels(labels: Labels): string {
  const text = textOf(labels['topology.istio.io/locality'] ?? labels['istio-locality']);
  return text.includes('/') ? text : text.replaceAll('.', '/');
}

/** `region/zone/subzone` of a node, with the slashes of what is missing; '' where the node says nothing. */
export function localityOfNode(node: KubeObject): string {
  const labels = fieldsOf(node.metadata.labels);
  const region = textOf(labels[regionLabel]) || textOf(labels['failure-domain.beta.kubernetes.io/region']);
  const zone = textOf(labels[zoneLabel]) || textOf(labels['failure-domain.beta.kubernetes.io/zone']);
  const subzone = textOf(labels[subzoneLabel]);
  return region === '' && zone === '' && subzone === '' ? '' : `${region}/${zone}/${subzone}`;
}

export interface Place {
  readonly cluster: string;
  readonly locality: string;
  readonly node: string;
  readonly network: string;
}

/** The labels with what istiod adds (pilot/pkg/serviceregistry/util/label, AugmentLabels). */
export function augmentLabels(labels: Labels, place: Place): Labels {
  const augmented: Record<string, string> = { ...labels };
  const [region, zone, subzone] = place.locality.split('/');
  if (region) augmented[regionLabel] = region;
  if (zone) augmented[zoneLabel] = zone;
  if (subzone) augmented[subzoneLabel] = subzone;
  if (place.cluster !== '') augmented[clusterLabel] = place.cluster;
  if (place.node !== '') augmented[hostnameLabel] = place.node;
  if (place.network !== '' && !augmented[networkLabel]) augmented[networkLabel] = place.network;
  return augmented;
}
