import fc from 'fast-check';
import { consumersOf, defaultTopology, internalSubject, publicSubject, subjectToken } from './topology.ts';

describe('the topology', () => {
  it('puts events on subjects by partition, stream and type', () => {
    const event = { stream: 'mission-a', type: 'RunDelegated' };
    expect(internalSubject(event)).toBe('evt.7.mission-a.RunDelegated');
    expect(publicSubject('a', 'run.claimed')).toBe('missions.v1.a.run.claimed');
  });

  it('keeps whatever a stream is named in one token', () => {
    expect(subjectToken('resources-repo:/srv/a.git *>')).toBe('resources-repo%3A%2Fsrv%2Fa%2Egit%20%2A%3E');
  });

  it('never lets two names meet on one token', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => a === b || subjectToken(a) !== subjectToken(b)),
    );
    fc.assert(fc.property(fc.string(), (name) => /^[^.*>\s]*$/.test(subjectToken(name))));
  });

  it('gives a service one durable consumer per partition', () => {
    const consumers = consumersOf('worker', defaultTopology);
    expect(consumers).toHaveLength(16);
    expect(consumers[3]).toMatchObject({ stream: 'EVENTS', name: 'worker-p3', filterSubject: 'evt.3.>' });
  });
});
