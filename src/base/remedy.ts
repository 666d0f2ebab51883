/** What the engine can do, as a remedy names it. */
export type Operation =
  | 'apply'
  | 'doctor'
  | 'drill'
  | 'join'
  | 'leave'
  | 'plan'
  | 'probe'
  | 'rbac'
  | 'render'
  | 'renewTrust'
  | 'shift'
  | 'snapshot'
  | 'status'
  | 'trace'
  | 'trust'
  | 'uninstall'
  | 'verify'
  | 'version'
  | 'whatif';

/** The options of operations, as a remedy names them. The command line has a flag for each. */
export type OptionName =
  | 'accept'
  | 'all'
  | 'allowInsecureTls'
  | 'anyIstio'
  | 'assert'
  | 'change'
  | 'check'
  | 'clusterLost'
  | 'clusters'
  | 'connected'
  | 'context'
  | 'crds'
  | 'down'
  | 'dryRun'
  | 'file'
  | 'from'
  | 'guard'
  | 'helm'
  | 'home'
  | 'istioctl'
  | 'live'
  | 'maxDelete'
  | 'method'
  | 'noRequest'
  | 'out'
  | 'path'
  | 'probeImage'
  | 'requests'
  | 'snapshot'
  | 'subset'
  | 'timeout'
  | 'to'
  | 'trustKubeconfig'
  | 'verify'
  | 'yes';

/** Options with their values; `true` for one that takes none, a word in capitals for a value that the reader knows. */
export type Options = Readonly<Partial<Record<OptionName, string | number | true>>>;

/** Something that mends a problem, as data: each shell puts it into its own words. */
export type Action =
  /** Run an operation of Isthmus on the same mesh. */
  | {
      readonly do: 'Run';
      readonly operation: Operation;
      /** What the operation is about, where it needs one: the cluster of a join or leave, the folder of a snapshot. */
      readonly subject?: string;
      readonly options?: Options;
    }
  /** Run again what was just tried, with options added or left out. */
  | { readonly do: 'Repeat'; readonly options?: Options; readonly without?: readonly OptionName[] }
  /** An option of what was just tried. */
  | { readonly do: 'Option'; readonly name: OptionName; readonly value?: string | number }
  /** Run a program that is not ours, with the user's own rights. */
  | { readonly do: 'Execute'; readonly program: 'helm' | 'istioctl' | 'kubectl'; readonly args: readonly string[] }
  /** Set a field of a declared document. */
  | {
      readonly do: 'Set';
      /** `spec.access.context` */
      readonly field: string;
      readonly of: { readonly kind: 'Mesh' | 'MeshCluster' | 'MeshService'; readonly name?: string };
      /** Left out where the reader knows it. */
      readonly value?: string;
    }
  /** Restart what a workload runs. */
  | {
      readonly do: 'Restart';
      readonly cluster: string;
      /** The kubeconfig context that leads to the cluster, where it has another name. */
      readonly context?: string;
      readonly namespace: string;
      /** `deployment/istiod`; left out, every workload of the namespace. */
      readonly workload?: string;
    };

/**
 * What to do about a problem: a sentence in the imperative, without a full stop, in which actions stand as data. Its
 * words name no command and no flag; where a command is meant, an action stands in its place.
 */
export type Remedy = string | readonly (string | Action)[];

/** A remedy of words and actions: remedy`look at the plan, then ${repeat({ maxDelete: 12 })}`. */
export function remedy(words: TemplateStringsArray, ...parts: readonly (string | number | Action)[]): Remedy {
  const all = words.flatMap((text, index) => {
    const part = parts[index];
    return part === undefined ? [text] : [text, typeof part === 'number' ? String(part) : part];
  });
  return joined(all);
}

/** Several remedies, each to be tried in turn or all to be done. */
export function allOf(remedies: readonly Remedy[], separator = '; '): Remedy {
  return joined(remedies.flatMap((one, index) => [...(index === 0 ? [] : [separator]), ...partsOf(one)]));
}

/**
 * The words and actions of a remedy in order: one part where it is a plain sentence. A shell joins them and words each
 * action. Throws nothing.
 *
 * @example
 * const parts = partsOf(['look at the plan, then ', { do: 'Repeat', options: { maxDelete: 12 } }]);
 * console.log(parts.map((part) => (typeof part === 'string' ? part : part.do)).join(''));
 */
export function partsOf(one: Remedy): readonly (string | Action)[] {
  return typeof one === 'string' ? [one] : one;
}

/** Runs an operation of Isthmus on the same mesh. */
export function run(operation: Operation, options?: Options): Action {
  return { do: 'Run', operation, ...(options === undefined ? {} : { options }) };
}

/** Runs an operation that is about one cluster or folder. */
export function runOn(subject: string, operation: Operation, options?: Options): Action {
  return { do: 'Run', operation, subject, ...(options === undefined ? {} : { options }) };
}

/** Runs again what was just tried. */
export function repeat(options?: Options): Action {
  return { do: 'Repeat', ...(options === undefined ? {} : { options }) };
}

/** Runs again what was just tried, without some of its options. */
export function repeatWithout(...without: readonly OptionName[]): Action {
  return { do: 'Repeat', without };
}

export function option(name: OptionName, value?: string | number): Action {
  return { do: 'Option', name, ...(value === undefined ? {} : { value }) };
}

export function kubectl(...args: readonly string[]): Action {
  return execute('kubectl', ...args);
}

export function execute(program: 'helm' | 'istioctl' | 'kubectl', ...args: readonly string[]): Action {
  return { do: 'Execute', program, args };
}

/** Sets a field of a declared document; without a value where the reader knows it. */
export function set(field: string, of: Extract<Action, { do: 'Set' }>['of'], value?: string): Action {
  return { do: 'Set', field, of, ...(value === undefined ? {} : { value }) };
}

/** Restarts a workload (`deployment/istiod`); without one, every workload of the namespace. */
export function restart(
  { cluster, context = cluster }: { readonly cluster: string; readonly context?: string },
  namespace: string,
  workload?: string,
): Action {
  const place = context === cluster ? { cluster } : { cluster, context };
  return { do: 'Restart', ...place, namespace, ...(workload === undefined ? {} : { workload }) };
}

function joined(parts: readonly (string | Action)[]): Remedy {
  const merged: (string | Action)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else if (part !== '') merged.push(part);
  }
  const [only] = merged;
  return merged.length === 1 && typeof only === 'string' ? only : merged;
}
