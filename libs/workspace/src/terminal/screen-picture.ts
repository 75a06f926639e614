import type { TerminalScreen } from './terminal-screen.ts';

const cell = { width: 9, height: 18 } as const;
const margin = 12;

/** A screen as an SVG picture: text only, so that it can be shown anywhere and searched. */
export function pictureOf({ columns, rows, cursor }: TerminalScreen): string {
  const width = columns * cell.width + 2 * margin;
  const height = rows.length * cell.height + 2 * margin;
  const at = { x: margin + cursor.column * cell.width, y: margin + cursor.row * cell.height };
  const lines = rows.flatMap((row, index) => {
    if (row === '') return [];
    const y = margin + (index + 1) * cell.height - 5;
    return [`<text x="${String(margin)}" y="${String(y)}" xml:space="preserve">${escaped(row)}</text>`];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}">`,
    `<rect width="100%" height="100%" rx="6" fill="#14171c"/>`,
    `<rect x="${String(at.x)}" y="${String(at.y)}" width="${String(cell.width)}" height="${String(cell.height)}" fill="#4b5563"/>`,
    `<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="15" fill="#e5e7eb">`,
    ...lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** What XML cannot hold is shown as a replacement character. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
