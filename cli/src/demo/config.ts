/** The environment of the person's shell; everything else takes it as an argument. */
export function shellEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
