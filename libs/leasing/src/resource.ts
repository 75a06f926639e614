import { LeasingRefusal, malformedResource } from './refusals.ts';
import { isResourceKind, resourceKinds, type ResourceKind } from './resource-kind.ts';

/** What a claim locks: a node of a tree, and with it everything below that node. */
export interface Resource {
  readonly kind: ResourceKind;
  readonly segments: readonly string[];
}

const maxNameLength = 1024;
/** The first segment names the ledger. */
const maxScopeLength = 128;
const globCharacters = /[*?[\]{}]/u;
// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const forbiddenCharacters = /[\u0000-\u001f\u007f\\]/u;

/**
 * Reads a name such as `path:/r/main/src/api`. A glob stands for its literal directory prefix: `path:/r/main/src/*.ts`
 * is `path:/r/main/src`. Refuses with `UNKNOWN_RESOURCE_KIND` or `MALFORMED_RESOURCE`.
 */
export function parseResource(text: string): Resource {
  const name = text.normalize('NFC');
  if (name.length > maxNameLength) throw malformedResource(`${text.slice(0, 64)}…`, 'it is too long');
  const separator = name.indexOf(':/');
  if (separator < 1) throw malformedResource(text, 'expected <kind>:/<path>');
  const kind = kindOf(name.slice(0, separator), text);
  const segments = literalPrefix(kind, name.slice(separator + 2).split('/'), text);
  checkSegments(kind, segments, text);
  return { kind, segments };
}

export function formatResource({ kind, segments }: Resource): string {
  return `${kind}:/${segments.join('/')}`;
}

function kindOf(kind: string, text: string): ResourceKind {
  if (isResourceKind(kind)) return kind;
  const known = Object.keys(resourceKinds);
  throw new LeasingRefusal(
    'UNKNOWN_RESOURCE_KIND',
    `Resource "${text}" is of the unknown kind "${kind}"; known kinds are ${known.join(', ')}.`,
    { resource: text, kind, known },
  );
}

function literalPrefix(kind: ResourceKind, segments: readonly string[], text: string): readonly string[] {
  const globAt = segments.findIndex((segment) => globCharacters.test(segment));
  if (globAt < 0) return segments;
  if (!resourceKinds[kind].acceptsGlob) throw malformedResource(text, `a ${kind} takes no pattern`);
  return segments.slice(0, globAt);
}

function checkSegments(kind: ResourceKind, segments: readonly string[], text: string): void {
  const { minSegments, maxSegments } = resourceKinds[kind];
  if (segments.some((segment) => segment === '')) throw malformedResource(text, 'it has an empty segment');
  if ((segments[0] ?? '').length > maxScopeLength) {
    throw malformedResource(
      `${text.slice(0, 64)}…`,
      `its first segment has more than ${maxScopeLength} characters`,
    );
  }
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    throw malformedResource(text, 'it has a relative segment');
  }
  if (segments.some((segment) => forbiddenCharacters.test(segment))) {
    throw malformedResource(text, 'it has a control character or a backslash');
  }
  if (segments.length < minSegments || segments.length > maxSegments) {
    throw malformedResource(text, `a ${kind} has ${minSegments} to ${maxSegments} literal segments`);
  }
  if (kind === 'port' && !isPortNumber(segments[1])) {
    throw malformedResource(text, 'a port is a number from 1 to 65535');
  }
}

function isPortNumber(text: string | undefined): boolean {
  return text !== undefined && /^[1-9]\d{0,4}$/u.test(text) && Number(text) <= 65_535;
}
