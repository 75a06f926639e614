/** The result of `work`, or a rejection that names it when it takes longer than `limitMs`; the work itself goes on. */
export async function within<R>(limitMs: number, what: string, work: Promise<R>): Promise<R> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`${what} took longer than ${limitMs} ms.`));
  }, limitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
