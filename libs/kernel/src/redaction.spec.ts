import fc from 'fast-check';
import { createRedactor } from './redaction.ts';

const ANTHROPIC_KEY = `sk-ant-api03-${'aB3_'.repeat(12)}`;
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P`;
const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${`${'MIIEow'.repeat(10)}\n`.repeat(4)}-----END RSA PRIVATE KEY-----`;
const named = [
  { name: 'DB_PASSWORD', value: 'hunter2-and-more' },
  { name: 'PASSPHRASE', value: 'two\nlines "quoted"' },
  { name: 'EMPTY', value: '' },
];
const redactor = createRedactor({ secrets: named });

describe('redacting configured values', () => {
  it('replaces every occurrence by its name', () => {
    expect(redactor.redact('a hunter2-and-more b hunter2-and-more')).toBe(
      'a [redacted:DB_PASSWORD] b [redacted:DB_PASSWORD]',
    );
  });

  it('knows the JSON and URL spellings', () => {
    expect(redactor.redact(JSON.stringify({ p: 'two\nlines "quoted"' }))).toBe(
      '{"p":"[redacted:PASSPHRASE]"}',
    );
    expect(redactor.redact(`?p=${encodeURIComponent('two\nlines "quoted"')}`)).toBe(
      '?p=[redacted:PASSPHRASE]',
    );
  });

  it('covers overlapping occurrences completely', () => {
    const overlapping = createRedactor({
      secrets: [
        { name: 'A', value: 'abcabcabc' },
        { name: 'B', value: 'bcabcabcz' },
      ],
    });
    expect(overlapping.redact('-abcabcabcabcz-')).toBe('-[redacted:A]-');
  });

  it('leaves other text alone', () => {
    const text = 'an empty or short value matches nothing: hunter2';
    expect(redactor.redact(text)).toBe(text);
  });
});

describe('redacting known shapes', () => {
  it.each([
    ['anthropic-key', ANTHROPIC_KEY],
    ['openai-key', `sk-proj-${'Ab1'.repeat(12)}`],
    ['github-token', `ghp_${'a1B2'.repeat(9)}`],
    ['aws-access-key', 'AKIAIOSFODNN7EXAMPLE'],
    ['jwt', JWT],
    ['private-key', PEM],
    ['private-key', JSON.stringify(PEM).slice(1, -1)],
  ])('finds a %s', (name, secret) => {
    expect(redactor.redact(`x=${secret} y`)).toBe(`x=[redacted:${name}] y`);
  });

  it('finds a private key that was cut off before its end', () => {
    expect(redactor.redact(PEM.slice(0, 150))).toBe('[redacted:private-key]');
  });

  it.each([
    'task-ant-colony-optimisation-of-many-things',
    'sk-fading-circle-container-inner-left',
    'the marker -----BEGIN PRIVATE KEY----- opens a key block, as everybody knows who ever saw one',
    'eyJub3QgYSB0b2tlbiBiZWNhdXNlIGl0IGhhcyBubyBkb3Rz',
  ])('leaves %j alone', (text) => {
    expect(redactor.redact(text)).toBe(text);
  });
});

describe('finding secrets', () => {
  it('tells name and line, never the value', () => {
    const found = redactor.finds(`one\ntwo hunter2-and-more\n\n${ANTHROPIC_KEY}\n`);
    expect(found).toEqual([
      { name: 'DB_PASSWORD', line: 2 },
      { name: 'anthropic-key', line: 4 },
    ]);
  });
});

describe('redacting a stream', () => {
  const pieces = fc.constantFrom(
    'hunter2-and-more',
    'hunter2',
    'two\nlines "quoted"',
    ANTHROPIC_KEY,
    'sk-ant-',
    'AKIAIOSFODNN7EXAMPLE',
    JWT,
    PEM,
    PEM.slice(0, 100),
    'eyJ',
    '-----BEGIN ',
    ' ',
    '\n',
    'x',
    '.',
    'ä🙂',
  );

  it('gives what redacting the whole gives, however it was cut', () => {
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 8 }),
        fc.array(fc.nat(60), { maxLength: 40 }),
        (parts, cuts) => {
          const text = parts.join('');
          const stream = redactor.stream();
          let out = '';
          let from = 0;
          for (const cut of cuts) {
            out += stream.write(text.slice(from, from + cut));
            from += cut;
          }
          out += stream.write(text.slice(from)) + stream.end();
          expect(out).toBe(redactor.redact(text));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('gives innocent text on at once', () => {
    expect(redactor.stream().write('hello, ')).toBe('hello, ');
  });

  it('does not hold back without limit', () => {
    const stream = redactor.stream();
    const endless = `eyJ${'a'.repeat(100_000)}`;
    expect(stream.write(endless)).toBe(endless);
  });
});

describe('the time redaction takes', () => {
  it.each([
    ['eyJ', 'eyJ'],
    ['sk-ant-', 'sk-ant-'],
    ['begin', '-----BEGIN PRIVATE KEY-----'],
    ['begin and end', `${PEM}\n`],
    ['partial value', 'hunter2-and-mor'],
  ])('grows linearly on repeated %s', (_name, piece) => {
    const seconds = (length: number): number => {
      const text = piece.repeat(Math.ceil(length / piece.length));
      const started = process.cpuUsage();
      redactor.redact(text);
      const used = process.cpuUsage(started);
      return (used.user + used.system) / 1e6;
    };
    seconds(100_000);
    // A quadratic scan of 4 MB would take minutes.
    expect(seconds(4_000_000)).toBeLessThan(3);
  });
});
