import fc from 'fast-check';
import { messageWithTrailers, trailersOf } from './trailers.ts';

const TRAILERS = { mission: 'm-1', feature: 'F-001', attempt: 2, run: 'run-7', fence: 12 };

it('reads what it wrote, whatever the text before says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (message) => {
      const written = messageWithTrailers(message, TRAILERS);
      expect(trailersOf(written)).toEqual(TRAILERS);
      expect(written).not.toMatch(/[\0\r]/);
    }),
  );
});

it('gives an empty message a subject', () => {
  expect(messageWithTrailers(' \n ', TRAILERS)).toMatch(/^Feature F-001\n\nMission: m-1\n/);
});

it.each([
  '',
  'Subject',
  'Subject\n\nMission: m\nFeature: F',
  'S\n\nMission: m\nFeature: f\nAttempt: x\nRun: r\nFence: 1',
])('finds none in %j', (message) => {
  expect(trailersOf(message)).toBeUndefined();
});

it('writes no value that would break the paragraph', () => {
  expect(() => messageWithTrailers('x', { ...TRAILERS, run: 'a\nFence: 99' })).toThrow('Run');
});
