import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { accessRoles } from '../../engine/access-roles.ts';
import { visibleIn } from '../shell/foreign-text.ts';
import { rolesText } from './text.ts';

test('each object is a document, each rule stands below its reason', () => {
  const report = accessRoles({ command: 'whatif', subjects: [{ kind: 'User', name: 'ann' }] });
  const text = rolesText(visibleIn(report));
  expect(text).toMatch(/^# What isthmus whatif needs in every cluster of a mesh, /);
  expect(text).toContain(
    '  # its UID tells whether two contexts lead to the same cluster\n  - apiGroups: [""]\n    resources: [namespaces]\n    resourceNames: [kube-system]\n    verbs: [get]\n',
  );
  expect(parseAllDocuments(text).map((document) => (document as { toJS(): unknown }).toJS())).toEqual(
    report.objects.map(({ object }) => object),
  );
});

test('the words of a command stand as they are typed', () => {
  expect(rolesText(accessRoles({ command: 'renewTrust' }))).toContain('What isthmus trust renew needs');
  expect(rolesText(accessRoles({ command: 'traceLive' }))).toContain('What isthmus trace --live needs');
});
