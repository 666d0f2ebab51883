import { z } from 'zod';
import { mesh } from './mesh.ts';
import { meshCluster } from './mesh-cluster.ts';
import { meshService } from './mesh-service.ts';
import { wrappingKey, wrappingKeyKind } from './wrapping-key.ts';

export const apiGroup = 'isthmus.dev';
const version = 'v1alpha1';

type Schema = Record<string, unknown>;

/** An object of apiextensions.k8s.io/v1. */
export interface CustomResourceDefinition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Schema;
}

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
}

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly schema: z.ZodType;
  readonly columns: readonly PrinterColumn[];
}

const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const column = (name: string, jsonPath: string): PrinterColumn => ({ name, type: 'string', jsonPath });

/** The kinds of the mesh file, with the names that kubectl takes for them. */
export const definitions: readonly Definition[] = [
  {
    kind: 'Mesh',
    plural: 'meshes',
    shortName: 'mesh',
    schema: mesh,
    columns: [column('Istio', '.spec.istio.version'), column('Trust domain', '.spec.trust.domain'), age],
  },
  {
    kind: 'MeshCluster',
    plural: 'meshclusters',
    shortName: 'mc',
    schema: meshCluster,
    columns: [
      column('Network', '.spec.network'),
      column('Remote of', '.spec.controlPlane.remoteOf'),
      column('External of', '.spec.controlPlane.externalOf'),
      age,
    ],
  },
  {
    kind: 'MeshService',
    plural: 'meshservices',
    shortName: 'ms',
    schema: meshService,
    columns: [column('Host', '.spec.host'), column('Scope', '.spec.scope'), age],
  },
];

/** Not a kind of the mesh file: nobody writes one, and `kubectl get isthmus` does not show it. */
const wrappingKeyDefinition: Definition = {
  kind: wrappingKeyKind,
  plural: 'wrappingkeys',
  shortName: 'wk',
  schema: wrappingKey,
  columns: [age],
};

/**
 * The CustomResourceDefinitions of the mesh file's kinds and of our own, generated from their schemas. A document that
 * the API server takes has the right form; what holds between documents is judged when the mesh is read.
 */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  return [...definitions, wrappingKeyDefinition].map(({ kind, plural, shortName, schema, columns }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${apiGroup}` },
    spec: {
      group: apiGroup,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        // The API server refuses a short name that is the singular too.
        ...(shortName === kind.toLowerCase() ? {} : { shortNames: [shortName] }),
        ...(kind === wrappingKeyKind ? {} : { categories: ['isthmus'] }),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: rootSchema(kind, schema) },
        },
      ],
    },
  }));
}

/** A zod schema as the root of a structural schema (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/). */
function rootSchema(kind: string, schema: z.ZodType): Schema {
  const whole: Schema = z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' });
  const longest = propertyOf(propertyOf(whole, 'metadata'), 'name').maxLength;
  return {
    type: 'object',
    description: schema.description ?? `A ${kind} of Isthmus`,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structural(propertyOf(whole, 'spec')),
      status: statusSchema(),
    },
    ...(typeof longest === 'number'
      ? {
          'x-kubernetes-validations': [
            { rule: `self.metadata.name.size() <= ${longest}`, message: `a name has ${longest} characters at most` },
          ],
        }
      : {}),
  };
}

const kept = new Set([
  'type',
  'description',
  'enum',
  'pattern',
  'format',
  'default',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'required',
]);

/** What a structural schema may hold of a JSON schema; free-form values are kept as they are. */
function structural(schema: Schema): Schema {
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (kept.has(key) || key.startsWith('x-kubernetes-')) result[key] = value;
  }
  if (schema.type === 'integer') result.format = 'int32';
  const { properties, items, additionalProperties } = schema;
  if (isSchema(properties)) {
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, structural(isSchema(property) ? property : {})]),
    );
  }
  if (isSchema(items)) result.items = structural(items);
  if (isSchema(additionalProperties)) {
    if ('$ref' in additionalProperties) result['x-kubernetes-preserve-unknown-fields'] = true;
    else result.additionalProperties = structural(additionalProperties);
  }
  return result;
}

/** The schema of a property; an empty one where there is none. */
function propertyOf({ properties }: Schema, name: string): Schema {
  const found = isSchema(properties) ? properties[name] : undefined;
  return isSchema(found) ? found : {};
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Conditions as the Kubernetes API conventions have them. */
function statusSchema(): Schema {
  return {
    type: 'object',
    properties: {
      observedGeneration: { type: 'integer', format: 'int64' },
      conditions: {
        type: 'array',
        maxItems: 32,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
        items: {
          type: 'object',
          required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
          properties: {
            type: { type: 'string', maxLength: 316 },
            status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
            reason: { type: 'string', minLength: 1, maxLength: 1024 },
            message: { type: 'string', maxLength: 32768 },
            lastTransitionTime: { type: 'string', format: 'date-time' },
            observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
          },
        },
      },
    },
  };
}
