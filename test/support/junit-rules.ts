import { type Element, elementsOf } from './xml.ts';

/** What an element may have, as the schema of Jenkins' xUnit plugin has it (junit-10.xsd); whether text may stand in it. */
interface Rule {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly children: readonly string[];
  readonly mixed: boolean;
}

const told: Rule = { required: [], optional: ['type', 'message'], children: [], mixed: true };
const rules: Readonly<Record<string, Rule>> = {
  testsuites: {
    required: [],
    optional: ['name', 'time', 'tests', 'failures', 'errors'],
    children: ['testsuite'],
    mixed: false,
  },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors'],
    optional: ['time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url', 'group'],
    children: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
    mixed: false,
  },
  testcase: {
    required: ['name'],
    optional: ['time', 'classname', 'group'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
    mixed: false,
  },
  failure: told,
  error: told,
  skipped: told,
};

/** What CI systems read in a number or a time. */
const forms: Readonly<Record<string, RegExp>> = {
  tests: /^\d+$/,
  failures: /^\d+$/,
  errors: /^\d+$/,
  skipped: /^\d+$/,
  time: /^\d+(\.\d+)?$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
};

/** What is wrong with an XML text as a JUnit report; an error where it is not XML. */
export function junitProblems(xml: string): readonly string[] {
  const [root, ...more] = elementsOf(xml);
  if (root?.name !== 'testsuites' || more.length > 0) return ['it is not one <testsuites>'];
  return [...problemsIn(root), ...countProblems(root)];
}

function problemsIn(element: Element): readonly string[] {
  const { name, attributes, children, text } = element;
  const rule = rules[name];
  if (rule === undefined) return [`there is no <${name}>`];
  const allowed = [...rule.required, ...rule.optional];
  return [
    ...rule.required.filter((one) => !(one in attributes)).map((one) => `<${name}> without ${one}`),
    ...Object.keys(attributes)
      .filter((one) => !allowed.includes(one))
      .map((one) => `<${name}> with ${one}`),
    ...Object.entries(attributes)
      .filter(([one, value]) => forms[one]?.test(value) === false)
      .map(([one, value]) => `<${name}> with ${one}="${value}"`),
    ...children.filter((one) => !rule.children.includes(one.name)).map((one) => `<${one.name}> in <${name}>`),
    ...(rule.mixed || text.trim() === '' ? [] : [`text in <${name}>`]),
    ...children.flatMap(problemsIn),
  ];
}

/** Sums that differ from what is there, and two test cases of one name in a suite. */
function countProblems(root: Element): readonly string[] {
  return [root, ...root.children].flatMap((element) => {
    const cases = casesIn(element);
    const of = (name: string): number => cases.filter(({ children }) => children[0]?.name === name).length;
    const found = { tests: cases.length, failures: of('failure'), errors: of('error'), skipped: of('skipped') };
    const sums = Object.entries(found)
      .filter(([name, count]) => (element.attributes[name] ?? `${count}`) !== `${count}`)
      .map(([name, count]) => `${element.attributes.name}: ${element.attributes[name]} ${name}, not ${count}`);
    const names = cases.map(({ attributes }) => `${attributes.classname} ${attributes.name}`);
    const twice = names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`);
    return element === root ? [...sums, ...twice] : sums;
  });
}

function casesIn({ children }: Element): readonly Element[] {
  return children.flatMap((one) => (one.name === 'testcase' ? [one] : casesIn(one)));
}
