/** One statement, prepared once per connection under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const names = new Map<string, string>();

/**
 * Has a text that is run by way of kysely prepared once per connection, as the log's own statements are: kysely names none,
 * and for a short statement Postgres's planning takes longer than its execution. Only for texts of which there are few.
 */
export function preparedText({ name, text }: Statement): string {
  names.set(text, name);
  return text;
}

/** The name under which a text is prepared, if it is. */
export function nameOfText(text: string): string | undefined {
  return names.get(text);
}
