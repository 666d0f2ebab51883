import { parse, stringify } from 'yaml';
import { isTooDeep } from '../base/depth.ts';
import { isJsonObject, type Json, type JsonObject, valueAt } from '../base/json.ts';
import { yamlStyle } from '../base/yaml-style.ts';
import { meshConfigFields } from '../discovery/values/mesh-config.ts';
import type { KubeObject } from '../objects/object.ts';
import { rootsConfigMap } from '../objects/roots-map.ts';
import { picked, redacted } from './redacted.ts';

/** Of a ConfigMap the mesh configuration by the fields that the model reads, and the roots that proxies trust. */
export function redactedConfig({ metadata, data }: KubeObject): JsonObject {
  if (metadata.name === rootsConfigMap) return picked(data, ['root-cert.pem']);
  const texts = Object.entries(readers).flatMap(([key, read]) => {
    const text = valueAt(data, [key]);
    return typeof text === 'string' ? [[key, textOf(read(parsed(text)))] as const] : [];
  });
  return Object.fromEntries(texts);
}

const readers = { mesh: knownMeshConfig, meshNetworks: knownMeshNetworks } as const;

/** A text that istiod cannot read stays one. */
function textOf(value: Json | undefined): string {
  return value === undefined ? redacted : stringify(value, { ...yamlStyle, lineWidth: 0 });
}

/** The JSON of a YAML text; undefined where it is no object or too deep, and istiod keeps its defaults. */
export function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = parse(text, { prettyErrors: false, logLevel: 'error' });
    return isJsonObject(value) && !isTooDeep(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** MeshConfig may hold tokens of tracers and headers of providers: only what the model reads is kept. */
export function knownMeshConfig(config: JsonObject | undefined): JsonObject | undefined {
  if (config === undefined) return undefined;
  const { defaultConfig, defaultTrafficPolicy } = config;
  return {
    ...picked(config, meshConfigFields),
    ...(isJsonObject(defaultConfig) ? { defaultConfig: picked(defaultConfig, ['discoveryAddress']) } : {}),
    ...(isJsonObject(defaultTrafficPolicy)
      ? { defaultTrafficPolicy: picked(defaultTrafficPolicy, ['outlierDetection']) }
      : {}),
  };
}

const endpoint = ['fromCidr', 'fromRegistry'];
const gateway = ['address', 'registryServiceName', 'port', 'locality'];

/** What is no object is a mistake, for which istiod takes no network at all: it stays one. */
export function knownMeshNetworks(config: JsonObject | undefined): JsonObject | undefined {
  if (config === undefined) return undefined;
  const { networks } = config;
  if (!isJsonObject(networks)) return picked(config, ['networks']);
  const known = Object.entries(networks).map(([name, network]): [string, Json | undefined] => {
    if (!isJsonObject(network)) return [name, network];
    const { endpoints, gateways } = network;
    return [name, defined({ endpoints: pickedAll(endpoints, endpoint), gateways: pickedAll(gateways, gateway) })];
  });
  return { networks: Object.fromEntries(known) };
}

function pickedAll(value: Json | undefined, keys: readonly string[]): Json | undefined {
  if (Array.isArray(value)) return value.map((item: Json) => pickedAll(item, keys) ?? null);
  return isJsonObject(value) ? picked(value, keys) : value;
}

function defined(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
