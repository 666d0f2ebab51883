import { Document } from 'yaml';
import { yamlStyle } from '../../base/yaml-style.ts';
import { type Draft, schemaLine } from './draft.ts';

/** A draft as the text of a mesh file. `schema` is the path or URL of the JSON Schema of mesh files. */
export function draftText({ documents }: Pick<Draft, 'documents'>, schema: string): string {
  const texts = documents.map(({ value, comment }) => {
    const text = new Document(value, yamlStyle).toString({ lineWidth: 120 });
    return comment === undefined ? text : `# ${comment.replaceAll(/[\r\n]+/g, ' ')}\n${text}`;
  });
  return `${schemaLine}${schema.replaceAll(/[\r\n]+/g, ' ')}\n${texts.join('---\n')}`;
}
