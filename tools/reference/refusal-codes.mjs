import ts from 'typescript';
import { constantsOf, parsedSources } from './doc-comments.mjs';

/** Where rules are, and what they ask of a mission. */
const folders = ['libs/mission/src/decide', 'libs/mission/src/evolve', 'libs/mission/src/next'];

/** Tables from commands to their rules; a rule names another command's by way of one. */
const isDecisionTable = (name) => name.endsWith('Decisions');

/** The codes with which each command can be refused, read off the rules and everything they call. */
export function refusalCodesByCommand(commands) {
  const parts = new Map(folders.flatMap((folder) => parsedSources(folder).flatMap(partsOf)));
  return new Map(commands.map((command) => [command, codesOf(command, parts).toSorted()]));
}

/** Its rule's own, and what `decide` refuses whatever is asked of a mission that does not exist. */
function codesOf(command, parts) {
  const ofRule = [...codesFrom(command, parts)];
  return command === 'CreateMission' ? ofRule : [...new Set([...ofRule, ...parts.get('decide').codes])];
}

function partsOf(source) {
  const functions = source.statements
    .filter((statement) => ts.isFunctionDeclaration(statement) && statement.name && statement.body)
    .map((declaration) => [declaration.name.text, mentionedIn(declaration.body)]);
  const constants = constantsOf(source).flatMap(({ name, initializer }) =>
    isDecisionTable(name) ? rulesOf(initializer) : [[name, mentionedIn(initializer)]],
  );
  return [...functions, ...constants];
}

function rulesOf(table) {
  if (!ts.isObjectLiteralExpression(table)) return [];
  return table.properties
    .filter(ts.isPropertyAssignment)
    .map((rule) => [rule.name.getText(), mentionedIn(rule.initializer)]);
}

/** The codes refused right here, and the names of whatever else may be called. */
function mentionedIn(node, found = { codes: new Set(), names: new Set() }) {
  if (ts.isIdentifier(node) && isCallable(node)) found.names.add(node.text);
  if (ts.isCallExpression(node) && node.expression.getText() === 'refuse') {
    const [code] = node.arguments;
    if (code && ts.isStringLiteral(code)) found.codes.add(code.text);
  }
  // A callback that answers something would end the walk.
  ts.forEachChild(node, (child) => void mentionedIn(child, found));
  return found;
}

/** Neither the name of a field nor a whole table, but a function, or one rule of another table. */
function isCallable({ text, parent }) {
  if (isDecisionTable(text)) return false;
  if (ts.isPropertyAssignment(parent) && parent.name.getText() === text) return false;
  if (!ts.isPropertyAccessExpression(parent) || parent.name.text !== text) return true;
  return isDecisionTable(parent.expression.getText());
}

function codesFrom(command, parts) {
  const codes = new Set();
  const seen = new Set();
  const open = [command];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const part = parts.get(name);
    if (!part || seen.has(name)) continue;
    seen.add(name);
    for (const code of part.codes) codes.add(code);
    open.push(...part.names);
  }
  return codes;
}
