import { findTool, stateDirectory } from '@missions/local';
import { assertionSchema, proofRecordSchema } from '@missions/mission';
import { proofStage, type ProofStage } from './conformance/proof-stage.ts';

let stage: ProofStage;
beforeAll(async () => {
  stage = await proofStage(await findTool('bwrap'), stateDirectory());
}, 180_000);
afterAll(() => stage.end());

const product = () =>
  stage.site({ 'src/sum.mjs': 'export const sum = (...all) => all.reduce((a, b) => a + b, 0);\n' });
const sum = (given: string) =>
  `node -e "import('/workspace/src/sum.mjs').then(({ sum }) => console.log(sum(${given})))"`;
const withControl = (breaks: string, proof: object = {}) =>
  assertionSchema.parse({
    id: 'VAL-SUM-001',
    statement: 'It sums.',
    proof: { method: 'command', command: sum('1, 2'), expected: { stdout: '3' }, timeoutSec: 20, ...proof },
    negativeControl: { description: 'It only takes the first number.', break: breaks },
  });

const takesFirst = "sed -i 's/all.reduce.*/all[0];/' src/sum.mjs";

describe('the negative control of a proof', () => {
  it('is caught by a proof that notices the broken variant, with the evidence of both', async () => {
    const record = await stage.engine.prove(withControl(takesFirst), await product());
    expect(proofRecordSchema.parse(record)).toMatchObject({
      verdict: 'pass',
      observed: 'exit code 0; stdout "3"',
      evidence: [{ kind: 'command' }],
      control: {
        outcome: 'caught',
        observed: 'exit code 0; stdout "1"',
        evidence: [{ kind: 'break', exitCode: 0 }, { kind: 'command' }],
      },
    });
  });

  it('is missed by a proof that a broken product meets too', async () => {
    const lax = withControl(takesFirst, { command: sum('3'), expected: { stdout: '3' } });
    expect(await stage.engine.prove(lax, await product())).toMatchObject({
      verdict: 'pass',
      control: { outcome: 'missed' },
    });
  });

  it('cannot be run when its command fails, or where nothing is executed', async () => {
    const impossible = withControl('sed -i s/x/y/ src/missing.mjs');
    expect(await stage.engine.prove(impossible, await product())).toMatchObject({
      verdict: 'pass',
      control: {
        outcome: 'cannot_run',
        observed: expect.stringContaining('The broken variant could not be made: exit code 2.') as string,
      },
    });
    const inspected = withControl(takesFirst, {
      method: 'inspection',
      rules: [{ path: 'src/*.mjs', atLeast: 1 }],
      command: undefined,
      expected: {},
    });
    expect(await stage.engine.prove(inspected, await product())).toMatchObject({
      verdict: 'pass',
      control: { outcome: 'cannot_run' },
    });
  });

  it('breaks a room of its own, and none where nothing was met', async () => {
    const site = await product();
    const [first, second] = await stage.engine.proveAll(
      [withControl('rm -rf src'), withControl(takesFirst, { expected: { stdout: '4' } })],
      site,
    );
    expect(first).toMatchObject({ verdict: 'pass', control: { outcome: 'caught' } });
    expect(second).toMatchObject({ verdict: 'fail' });
    expect(second).not.toHaveProperty('control');
    expect(await stage.engine.baseline(withControl(takesFirst), site)).not.toHaveProperty('control');
  });
});
