import type { Assertion, ProofMethod } from '@missions/mission';
import { proveByBrowser } from './browser-proof.ts';
import type { Checked } from './check-expectation.ts';
import { proveByCommand } from './command-proof.ts';
import { proveByHttp } from './http-proof.ts';
import { captureMethod } from './capture-method.ts';
import { proveByJudgement } from './judgement-proof.ts';
import type { ProofExecution } from './proof-execution.ts';
import { proveByTerminal } from './pty-proof.ts';

type Prove = (execution: ProofExecution) => Promise<Checked>;

/** How each method decides; what none of them can carry out is told by `impossibleProof` before a clean room is made. */
const methods: Readonly<Partial<Record<ProofMethod, Prove>>> = {
  static: proveByCommand,
  command: proveByCommand,
  http: proveByHttp,
  pty: proveByTerminal,
  browser: proveByBrowser,
  judgement: (execution) => proveByJudgement(execution, captureOf(execution)),
};

export function methodOf({ id, proof }: Assertion): Prove {
  const prove = methods[proof.method];
  if (!prove) throw new Error(`${id} is proved by ${proof.method}, which nothing here carries out.`);
  return prove;
}

function captureOf({ assertion }: ProofExecution): Prove {
  return methodOf({ ...assertion, proof: { ...assertion.proof, method: captureMethod(assertion.proof) } });
}
