/** The environment as this package sees it; a function, since tests and the command line change it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
