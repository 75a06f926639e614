type PageRefusalCode = 'PAGE_ACTION' | 'PAGE_SILENT' | 'SANDBOX_FAULT';

/** Why the page did not do or show what was asked: known by its code on the other side. */
export class PageRefusal extends Error {
  readonly code: PageRefusalCode;

  constructor(code: PageRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

const shownCharacters = 1_500;

/** Everything that was not foreseen is a fault of the browser or its driver, not of the product. */
export function refusalOf(error: unknown): { readonly code: string; readonly message: string } {
  const code = error instanceof PageRefusal ? error.code : 'SANDBOX_FAULT';
  const message = error instanceof Error ? error.message : String(error);
  return { code, message: message.slice(0, shownCharacters).toWellFormed() };
}

/** Gives up on a page that keeps its only thread busy. */
export async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new PageRefusal('PAGE_SILENT', `The page did not answer in ${String(timeoutMs)} ms.`));
    }, timeoutMs);
  });
  work.catch(() => undefined); // Nobody listens any more once the time is over.
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
