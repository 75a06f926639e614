import type { Node } from '@babel/types';
import { nameOf, type Syntax } from './syntax.ts';

/**
 * The local names that a file exports apart from their declaration: `export { a }`, `module.exports = { a }`, and what
 * `exports.a = …` or `module.exports.a = …` calls so. Only its first level is read: anywhere else nothing certain is exported.
 */
export function exportedNames({ file }: Syntax): ReadonlySet<string> {
  return new Set(file.program.body.flatMap(exportedBy));
}

function exportedBy(statement: Node): readonly string[] {
  if (statement.type === 'ExportNamedDeclaration')
    return statement.specifiers.flatMap((specifier) =>
      specifier.type === 'ExportSpecifier' ? [specifier.local.name] : [],
    );
  if (statement.type !== 'ExpressionStatement' || statement.expression.type !== 'AssignmentExpression')
    return [];
  const { left, right } = statement.expression;
  const target = nameOf(left);
  if (target === 'module.exports') return namesIn(right);
  return /^(?:module\.)?exports\.[^.]+$/.test(target) ? [target.slice(target.lastIndexOf('.') + 1)] : [];
}

function namesIn(exported: Node): readonly string[] {
  if (exported.type === 'Identifier') return [exported.name];
  if (exported.type !== 'ObjectExpression') return [];
  return exported.properties.flatMap((property) => {
    if (property.type === 'ObjectMethod') return [nameOf(property.key)];
    if (property.type !== 'ObjectProperty') return [];
    return property.value.type === 'Identifier' ? [property.value.name] : [nameOf(property.key)];
  });
}
