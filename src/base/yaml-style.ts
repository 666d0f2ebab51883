/**
 * How YAML is written that programs of the field read. Their parsers keep to YAML 1.1 (sigs.k8s.io/yaml), where `no`, `On`
 * and `012` are no texts: such a text gets quotation marks. Every writer of YAML takes these options, for each document
 * that it makes.
 */
export const yamlStyle = { compat: 'yaml-1.1' } as const;
