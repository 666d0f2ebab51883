import { managedByLabel, managedByValue, operatorName } from '../objects/ownership.ts';

/** On everything that an installation makes and takes out again: never the label of a mesh, whose objects are another matter. */
export const operatorLabels = {
  [managedByLabel]: managedByValue,
  'app.kubernetes.io/name': operatorName,
} as const;

/** It owns what an installation writes, and never what an apply does. */
export const installManager = 'isthmus-install';

/** Where the operator answers `/healthz`, `/readyz` and `/metrics`. */
export const operatorPort = 8080;
