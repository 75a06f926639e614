/** Text of agents and programs as text inside Markdown: one line, no border of a table, no HTML, no link and no image. */
export function markdownText(value: string): string {
  return oneLine(value)
    .replaceAll('\\', String.raw`\\`)
    .replaceAll(/[|[]/gu, String.raw`\$&`)
    .replaceAll('<', '&lt;');
}

/** The same for a forge, where text also mentions people, refers to issues, and closes them: here it does none of that. */
export function forgeText(value: string): string {
  return markdownText(value)
    .replaceAll(/([@#!%~&$])(?=[\p{L}\p{N}])/gu, '$1<!-- -->')
    .replaceAll(/\b(gh)-(?=\d)/giu, '$1<!-- -->-')
    .replaceAll('://', ':<!-- -->//')
    .replaceAll('&<!-- -->lt;', '&lt;');
}

/** Without controls, and without what reorders or hides text. */
export function oneLine(value: string): string {
  return value.replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** `cell` decides how the text of a row is escaped. */
export function markdownTable(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  cell = markdownText,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map((cells) => line(cells.map(cell)))].join(
    '\n',
  );
}
