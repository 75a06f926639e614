import type { FactoryProvider, INestApplicationContext, InjectionToken } from '@nestjs/common';

declare const provided: unique symbol;

/** A name for a part that has no class of its own (a port), and the type of that part. */
export type Token<T> = symbol & { readonly [provided]?: T };

/** What can be asked for: a port's token, or a class. */
export type Key<T> = Token<T> | (abstract new (...args: never[]) => T);

type Parts<Keys extends readonly Key<unknown>[]> = {
  readonly [I in keyof Keys]: Keys[I] extends abstract new (...args: never[]) => infer T
    ? T
    : Keys[I] extends Token<infer T>
      ? T
      : never;
};

export function token<T>(name: string): Token<T> {
  return Symbol(name);
}

/** One line of a module's parts list; a part of the wrong type does not compile. */
export function provide<T, const Keys extends readonly Key<unknown>[]>(
  key: Key<T>,
  needs: Keys,
  build: (...parts: Parts<Keys>) => NoInfer<T> | Promise<NoInfer<T>>,
): FactoryProvider<T> {
  return {
    provide: key as InjectionToken<T>,
    inject: [...needs] as InjectionToken[],
    useFactory: build as (...parts: unknown[]) => T | Promise<T>,
  };
}

/** A part of a running application, with the type its key carries. */
export function partOf<T>(app: INestApplicationContext, key: Key<T>): T {
  return app.get<T>(key, { strict: false });
}
