/** A value that must be nowhere, under a name that may be said. */
export interface Planted {
  readonly name: string;
  readonly value: string;
}

/** A place where bytes came to rest. */
export interface Place {
  readonly where: string;
  readonly bytes: Buffer;
}

/** `name` was found in this spelling; never the value. */
export interface Leak {
  readonly name: string;
  readonly spelling: string;
  readonly where: string;
}

/** Every planted value that a place holds, in whatever spelling; nothing is assumed of what the bytes are. */
export function leaksIn(places: Iterable<Place>, planted: readonly Planted[]): readonly Leak[] {
  const sought = planted.flatMap(({ name, value }) =>
    spellingsOf(value).map(({ spelling, bytes }) => ({ name, spelling, bytes })),
  );
  const leaks: Leak[] = [];
  for (const { where, bytes } of places)
    for (const one of sought)
      if (bytes.includes(one.bytes)) leaks.push({ name: one.name, spelling: one.spelling, where });
  return leaks;
}

interface Spelling {
  readonly spelling: string;
  readonly bytes: Buffer;
}

function spellingsOf(value: string): readonly Spelling[] {
  const texts: readonly (readonly [string, string])[] = [
    ['plain', value],
    ['JSON', JSON.stringify(value).slice(1, -1)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(value)).slice(3, -3)],
    ['URL', encodeURIComponent(value)],
    ['hex', Buffer.from(value).toString('hex')],
    ['UTF-16', Buffer.from(value, 'utf16le').toString('latin1')],
    ...[0, 1, 2].flatMap((offset) => {
      const text = base64At(value, offset);
      return [
        ['base64', text],
        ['base64url', text.replaceAll('+', '-').replaceAll('/', '_')],
      ] as const;
    }),
  ];
  const seen = new Map(texts.map(([spelling, text]) => [text, spelling] as const).reverse());
  return [...seen].map(([text, spelling]) => ({ spelling, bytes: Buffer.from(text, 'latin1') }));
}

/** The part of a base64 text that stands for the value alone, when so many bytes come before it in a group of three. */
function base64At(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const text = bytes.toString('base64').replaceAll('=', '');
  const own = offset === 0 ? text : text.slice(offset + 1);
  return bytes.length % 3 === 0 ? own : own.slice(0, -1);
}
