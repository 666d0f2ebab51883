import { customResourceDefinitions } from '../api/crd.ts';
import { objectToJson } from '../base/json.ts';
import type { KubeObject } from '../objects/object.ts';
import { managedByLabel, managedByValue } from '../objects/ownership.ts';
import { operatorAccount } from './account.ts';
import { admissionPolicies } from './admission.ts';
import { type DeploymentOptions, operatorDeployment } from './deployment.ts';

/**
 * Everything of an operator in its home cluster, in the order in which it can be applied. An installation, its manifests and the
 * chart are all made of it.
 */
export function operatorObjects(options: DeploymentOptions): readonly KubeObject[] {
  return [...kindDefinitions(), ...operatorAccount('Home'), ...admissionPolicies(), operatorDeployment(options)];
}

/** They outlive an operator, with the documents: an apply from anywhere needs them too, and gives them the label of its mesh. */
export function kindDefinitions(): readonly KubeObject[] {
  return customResourceDefinitions().map(({ apiVersion, kind, metadata: { name }, spec }) => ({
    apiVersion,
    kind,
    metadata: { name, labels: { [managedByLabel]: managedByValue } },
    spec: objectToJson(spec),
  }));
}
