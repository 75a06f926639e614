import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { filesBelow, root } from '../workspaces.mjs';

/** Parses the sources (no tests) below a folder. */
export function parsedSources(folder) {
  return filesBelow(folder)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    });
}

/** Every top-level constant of a file with its initializer. */
export function constantsOf(source) {
  return source.statements
    .filter(ts.isVariableStatement)
    .flatMap((statement) =>
      statement.declarationList.declarations.flatMap(({ name, initializer }) =>
        ts.isIdentifier(name) && initializer ? [{ name: name.text, initializer, statement }] : [],
      ),
    );
}

/** What the sources say of their constants and of the fields inside them: `featureSchema.touches` → the comment. */
export function docComments(folders) {
  const comments = new Map();
  for (const source of folders.flatMap(parsedSources))
    for (const { name, initializer, statement } of constantsOf(source)) {
      note(comments, name, statement);
      noteFields(comments, name, initializer);
    }
  return comments;
}

function noteFields(comments, path, node) {
  if (!ts.isObjectLiteralExpression(node)) {
    ts.forEachChild(node, (child) => noteFields(comments, path, child));
    return;
  }
  for (const property of node.properties.filter(ts.isPropertyAssignment)) {
    const key = `${path}.${property.name.getText()}`;
    note(comments, key, property);
    noteFields(comments, key, property.initializer);
  }
}

function note(comments, key, node) {
  const comment = ts.getJSDocCommentsAndTags(node).at(-1)?.comment;
  const text = typeof comment === 'string' ? comment : ts.getTextOfJSDocComment(comment);
  if (text) comments.set(key, text.replaceAll(/\s+/g, ' ').trim());
}
