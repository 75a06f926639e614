import fc from 'fast-check';
import { parseRunHeader, withRunHeader } from './run-header.ts';

describe('the header of a run', () => {
  it('is read back from the message it opens, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{4,12}$/), fc.string()),
        fc.string(),
        (extra, text) => {
          const header = { role: 'worker', attempt: 1, extra };
          expect(parseRunHeader(withRunHeader(header, text))).toEqual(header);
        },
      ),
    );
  });

  it.each([
    '',
    'hello',
    '```json\n{"role":',
    '```json\n{broken\n```',
    '```json\n[1]\n```',
    'x ```json\n{}\n```',
  ])('is absent from %j', (text) => {
    expect(parseRunHeader(text)).toBeUndefined();
  });
});
