import { contractDiff } from './contract-diff.ts';
import { add, assertion, proposal } from './testing/mission.builders.ts';
import { assertionSchema } from './validation-contract.ts';

const [definition] = proposal().contract.assertions;
const present = { [add]: { definition: definition as NonNullable<typeof definition> } };
const amended = (over: Parameters<typeof assertion>[1], id = add) =>
  contractDiff(present, [assertionSchema.parse(assertion(id, over))]);

describe('the difference an amendment makes', () => {
  it('names the parts that change, those of the proof too', () => {
    const proof = { method: 'command', command: `check ${add}`, expected: { exitCode: 0 } } as const;
    const [change] = amended({ statement: 'Another', proof });
    expect(change?.fields).toEqual(['statement', 'proof.expected']);
    expect(change?.before?.statement).toBe(`${add} holds`);
    expect(change?.after.statement).toBe('Another');
  });

  it('has nothing before for what is new', () => {
    const [change] = amended({}, 'VAL-NEW-001');
    expect(change).not.toHaveProperty('before');
    expect(change?.fields).toContain('statement');
  });

  it('leaves out what stays word for word the same', () => expect(amended({})).toEqual([]));
});
