/** The parts of a page's document that are read here. */
interface PageNode {
  readonly nodeType: number;
  readonly nodeValue: string | null;
  readonly childNodes: Iterable<PageNode>;
}

interface PageElement extends PageNode {
  readonly localName: string;
  readonly type?: string;
  readonly value?: unknown;
  readonly placeholder?: string;
  readonly selectedOptions?: Iterable<{ readonly label: string }>;
  readonly shadowRoot: PageNode | null;
  readonly assignedNodes?: (options: { flatten: boolean }) => readonly PageNode[];
  readonly checkVisibility: (options: object) => boolean;
  readonly getBoundingClientRect: () => PageBox;
}

interface PageBox {
  readonly width: number;
  readonly height: number;
  readonly right: number;
  readonly bottom: number;
}

interface PageWindow {
  readonly scrollX: number;
  readonly scrollY: number;
  readonly document: {
    readonly body: PageElement | null;
    readonly createRange: () => {
      selectNodeContents: (node: PageNode) => void;
      getClientRects: () => Iterable<PageBox>;
    };
  };
  readonly getComputedStyle: (element: PageElement) => {
    readonly display: string;
    readonly overflow: string;
    readonly position: string;
    readonly textTransform: string;
  };
}

/** What was read so far, and the page it is read from. */
interface Reading {
  readonly page: PageWindow;
  readonly limit: number;
  /** What the driver put into fields: that it stands there shows nothing of what the page does. */
  readonly typed: readonly string[];
  shown: string;
  written: string;
}

export interface PageText {
  /** What a person can read: painted, not out of the reach of scrolling, not clipped away; with what stands in fields. */
  readonly shown: string;
  /** The same before a style changed its case. */
  readonly written: string;
}

/**
 * The source of an expression that reads the page it is evaluated in. It belongs into a world of its own, where the
 * page's scripts cannot replace what it calls.
 */
export function pageTextExpression(limitCharacters: number, typed: readonly string[]): string {
  const functions = [
    ...[readPageText, visitChildren, visitElement, visitText, fieldText],
    ...[isPainted, isInReach, isClippedAway, say, tidied],
  ];
  return `(() => { ${functions.map(String).join('\n')}; return readPageText(${String(limitCharacters)}, ${JSON.stringify(typed)}); })()`;
}

function readPageText(limit: number, typed: readonly string[]): PageText {
  const page = globalThis as unknown as PageWindow;
  const reading: Reading = { page, limit, typed, shown: '', written: '' };
  if (page.document.body) visitElement(reading, page.document.body);
  return { shown: tidied(reading.shown, limit), written: tidied(reading.written, limit) };
}

function visitElement(reading: Reading, element: PageElement): void {
  if (/^(script|style|noscript|template|iframe|canvas|svg)$/.test(element.localName)) return;
  const { display, overflow, position } = reading.page.getComputedStyle(element);
  if (display === 'none' || isClippedAway(element, overflow, position)) return;
  const isApart = element.localName === 'br' || !/^(inline|contents)/.test(display);
  if (isApart) say(reading, '\n');
  const field = fieldText(element);
  if (field === undefined) visitChildren(reading, element);
  else if (
    !reading.typed.includes(field) &&
    isPainted(element) &&
    isInReach(reading.page, element.getBoundingClientRect())
  )
    say(reading, ` ${field} `);
  if (isApart) say(reading, '\n');
}

function visitChildren(reading: Reading, element: PageElement): void {
  const assigned = element.localName === 'slot' ? (element.assignedNodes?.({ flatten: true }) ?? []) : [];
  for (const child of assigned.length > 0 ? assigned : (element.shadowRoot ?? element).childNodes) {
    if (reading.shown.length > reading.limit) return;
    if (child.nodeType === 1) visitElement(reading, child as PageElement);
    if (child.nodeType === 3) visitText(reading, child, element);
  }
}

function visitText(reading: Reading, node: PageNode, parent: PageElement): void {
  const text = (node.nodeValue ?? '').replace(/\s+/g, ' ');
  if (text.trim() === '') {
    say(reading, text);
    return;
  }
  const { page } = reading;
  const range = page.document.createRange();
  range.selectNodeContents(node);
  if (!isPainted(parent) || !Array.from(range.getClientRects()).some((box) => isInReach(page, box))) return;
  say(reading, text, page.getComputedStyle(parent).textTransform);
}

/** Undefined for what is no field; what is kept from a person's eyes is empty. */
function fieldText(element: PageElement): string | undefined {
  const { localName, type = '', value, placeholder = '', selectedOptions = [] } = element;
  if (localName === 'select') return Array.from(selectedOptions, ({ label }) => label).join(' ');
  if (localName !== 'input' && localName !== 'textarea') return undefined;
  if (/^(password|checkbox|radio|hidden|range|color|file|image)$/.test(type)) return '';
  return typeof value === 'string' && value !== '' ? value : placeholder;
}

function isPainted(element: PageElement): boolean {
  return element.checkVisibility({
    opacityProperty: true,
    visibilityProperty: true,
    contentVisibilityAuto: true,
  });
}

/** Nobody scrolls above or to the left of a page's beginning. */
function isInReach({ scrollX, scrollY }: PageWindow, { width, height, right, bottom }: PageBox): boolean {
  return width > 0 && height > 0 && right + scrollX > 0 && bottom + scrollY > 0;
}

/** How pages say something to screen readers alone. */
function isClippedAway(element: PageElement, overflow: string, position: string): boolean {
  if (overflow === 'visible' || position !== 'absolute') return false;
  const { width, height } = element.getBoundingClientRect();
  return width <= 1 || height <= 1;
}

function say(reading: Reading, text: string, transform = 'none'): void {
  reading.written += text;
  if (transform === 'uppercase') reading.shown += text.toUpperCase();
  else if (transform === 'lowercase') reading.shown += text.toLowerCase();
  else if (transform === 'capitalize')
    reading.shown += text.replace(/(?<!\S)\p{L}/gu, (letter) => letter.toUpperCase());
  else reading.shown += text;
}

function tidied(text: string, limit: number): string {
  return text
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim()
    .slice(0, limit);
}
