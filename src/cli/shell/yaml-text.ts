import { Document, visit } from 'yaml';
import { yamlStyle } from '../../base/yaml-style.ts';
import { escapesOf, steersTerminal } from './foreign-text.ts';

/** YAML for people and programs: the same value as in JSON, with what would steer a terminal as escapes in double quotes. */
export function yamlText(value: object): string {
  // What JSON leaves out (undefined) is left out here too.
  const document = new Document(JSON.parse(JSON.stringify(value)), yamlStyle);
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && steersTerminal(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return escapesOf(document.toString({ lineWidth: 0 }));
}
