/** A reason a person can act on; its message says what to do next. */
export class SetupError extends Error {
  name = 'SetupError';
}
