/** Tests that are too many or too long for a run of all tests, by the file of their name in this folder. */
export interface Family {
  readonly name: string;
  readonly does: string;
}

/** Each of them may take this long. */
export const mostMinutes = 40;

export const families: readonly Family[] = [
  {
    name: 'doctor',
    does: "the doctor names each fault's cause first, and nothing when it is mended: secrets, gateways, networks",
  },
  { name: 'doctor-blind', does: 'the same of istiods that call a peer synced and do not hold what is there' },
  {
    name: 'doctor-chosen',
    does: "the same of the faults that docs/doctor.md has no words of Istio's tools for, or of those named by `ISTHMUS_DOCTOR_FAULTS='TEXT|TEXT'`",
  },
  { name: 'doctor-drawn', does: 'the same of 20 pairs of faults, drawn at random' },
  { name: 'doctor-drawn-more', does: 'the same of the 20 pairs that its seed draws next' },
  { name: 'doctor-inside', does: 'the same of trust, istiod, policies and Services' },
  { name: 'doctor-more', does: 'the same of load balancers, nodes, and what istiods are started with' },
  { name: 'doctor-one-network', does: 'the same of faults of two primaries on one network' },
  { name: 'doctor-quiet', does: 'the same of faults that fail no request yet' },
  { name: 'doctor-remote', does: 'the same of faults of a primary and its remote on another network' },
  {
    name: 'doctor-samples',
    does: "the doctor finds nothing in a mesh made by hand as Istio's pages do, and names what is broken there",
  },
  { name: 'drill', does: 'drills of every kind, as predicted, and repaired where their process is killed' },
  { name: 'envoys', does: 'real Envoys of 40 random meshes hold and route as predicted' },
  { name: 'faults', does: 'applies through every kind of fault, in each cluster and in both' },
  { name: 'guard', does: 'applies with a guard that harm, that do not, and that are killed, under steady requests' },
  { name: 'interrupted', does: 'applies and uninstalls that are killed at random moments, 15 rounds' },
  { name: 'kills', does: 'an apply that is killed at each of its writes' },
  { name: 'meshes', does: '100 pairs of random meshes with random interference' },
  {
    name: 'operator-home',
    does: 'an operator whose home cluster is away for ten minutes, and an istiod that holds frozen endpoints',
  },
  { name: 'operator-kills', does: "an operator's leader that is killed 47 times, under steady requests" },
  {
    name: 'operator-leaders',
    does: 'operators that are suspended, short of memory or an hour off, under steady requests',
  },
  {
    name: 'operator-lifecycle',
    does: 'clusters that an operator lets go of, and that do not answer it, by each policy, and a paused MeshService',
  },
  { name: 'operator-survive', does: 'an operator through faults of its clusters, under steady requests' },
  { name: 'oracle', does: '20,000 questions to real istiods, answered as predicted' },
  { name: 'rbac', does: 'each command as an account with the roles that are printed for it and nothing else' },
  { name: 'rbac-without', does: 'each right of a reading command taken away in turn, and missed by it' },
  { name: 'rights', does: 'each right of an apply taken away in turn' },
  { name: 'shift', does: 'a shift that is killed in each of its steps, and undone when it expires' },
  { name: 'topologies', does: 'the page of every topology, from empty clusters to empty clusters' },
  { name: 'truth', does: 'no command says green while requests fail, by fault: secrets, gateways, networks' },
  { name: 'truth-drawn', does: 'the same of ten pairs of faults, drawn at random' },
  { name: 'truth-inside', does: 'the same of trust, istiod, policies and Services' },
  { name: 'upgrades', does: 'eight upgrades by revision, one after the other' },
];
