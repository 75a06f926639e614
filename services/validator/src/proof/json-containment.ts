import { isDeepStrictEqual } from 'node:util';

/**
 * Whether a JSON value is contained in another: an object may have further fields, at every depth; a list must have the
 * same length and contain element by element, because a proof that names a list means its order and its end; all else is equal.
 */
export function containsJson(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((element, index) => containsJson(actual[index], element))
    );
  if (!isObject(expected)) return isDeepStrictEqual(actual, expected);
  return (
    isObject(actual) &&
    Object.entries(expected).every(
      ([key, value]) => Object.hasOwn(actual, key) && containsJson(actual[key], value),
    )
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
