const MAX_LINE = 300;

/** Agent text stays text: no control characters, no second line, no end of the line out of sight. */
export function oneLine(text: string, most = MAX_LINE): string {
  const flat = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return flat.length <= most ? flat : `${flat.slice(0, most - 1)}…`;
}
