import { oneLine } from './markdown-text.ts';
import { reportFacts, reportHeadline, reportSections, type ReportSection } from './report-sections.ts';
import type { ReportView } from './report-view.ts';

/** Evidence that is shown in the report itself: an image as a `data:` URI, or the beginning of a text. */
export interface ShownEvidence {
  readonly assertionId: string;
  readonly kind: string;
  readonly digest: string;
  readonly content:
    | { readonly image: string }
    | { readonly text: string; readonly truncated: boolean }
    | { readonly missing: string };
}

/** What a browser may do with the report: show it, and nothing else. */
export const reportContentSecurityPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** Images are only shown as `<img>`: there no script inside an SVG runs, and nothing it names is fetched. */
const imageUri = /^data:image\/(?:png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=]*$/u;

/**
 * The report as one self-contained page: no script, nothing remote, every text escaped. Evidence that is not given is named
 * by digest only.
 */
export function reportHtml(report: ReportView, evidence: readonly ShownEvidence[] = []): string {
  const [word, sentence] = reportHeadline(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${reportContentSecurityPolicy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${line(report.title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${line(report.title)}</h1>
<p><strong>${line(word)}</strong> — ${line(sentence)}</p>
<dl>${reportFacts(report)
    .map(([name, value]) => `<dt>${line(name)}</dt><dd>${line(value)}</dd>`)
    .join('')}</dl>
${reportSections(report).map(section).join('\n')}
${gallery(evidence)}</body>
</html>
`;
}

function section(part: ReportSection): string {
  const body = part.kind === 'table' ? tableOf(part) : listOf(part);
  return `<section>\n<h2>${line(part.title)}</h2>\n${body}\n</section>`;
}

function tableOf({ columns, rows }: Extract<ReportSection, { kind: 'table' }>): string {
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${line(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>\n${[row(columns, 'th'), ...rows.map((cells) => row(cells, 'td'))].join('\n')}\n</table>`;
}

function listOf({ items, empty = '' }: Extract<ReportSection, { kind: 'list' }>): string {
  if (items.length === 0) return `<p>${line(empty)}</p>`;
  return `<ul>\n${items.map((item) => `<li>${line(item)}</li>`).join('\n')}\n</ul>`;
}

function gallery(evidence: readonly ShownEvidence[]): string {
  if (evidence.length === 0) return '';
  return `<section>\n<h2>Evidence</h2>\n${evidence.map(shown).join('\n')}\n</section>\n`;
}

function shown({ assertionId, kind, digest, content }: ShownEvidence): string {
  const caption = `${line(assertionId)} ${line(kind)} <code>${line(digest)}</code>`;
  if ('image' in content && imageUri.test(content.image))
    return `<figure><img alt="${line(`${kind} of ${assertionId}`)}" src="${content.image}"><figcaption>${caption}</figcaption></figure>`;
  if ('text' in content)
    return `<details><summary>${caption}</summary><pre>${block(content.text)}${content.truncated ? '\n…' : ''}</pre></details>`;
  return `<p>${caption}: ${'missing' in content ? line(content.missing) : 'not shown'}</p>`;
}

function line(text: string): string {
  return escaped(oneLine(text));
}

/** Several lines of output: kept apart, without anything else that steers a screen. */
function block(text: string): string {
  return escaped(text.replaceAll(/[^\P{Cc}\n\t]|\p{Cf}/gu, ''));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? '');
}

const style =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}' +
  'table{border-collapse:collapse;width:100%}th,td{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}' +
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{font-weight:600}dd{margin:0}' +
  'img{max-width:100%;border:1px solid #ccc}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f6f6;padding:.5rem}figure{margin:1rem 0}';
