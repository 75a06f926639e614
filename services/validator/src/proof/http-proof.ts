import { isRefusal } from '@missions/kernel';
import { isHttpStep, type HttpStep } from '@missions/mission';
import type { HttpResult } from '@missions/workspace';
import { checkExpectation, type Checked } from './check-expectation.ts';
import { driveProduct } from './product-services.ts';
import type { ProofExecution } from './proof-execution.ts';

/** `http`: the set-up, the product's services, then each request from outside; every answer has to be as expected. */
export async function proveByHttp(execution: ProofExecution): Promise<Checked> {
  const failed = await execution.failedSetUp();
  if (failed) return failed;
  return driveProduct(execution, () => drive(execution));
}

async function drive(execution: ProofExecution): Promise<Checked> {
  const { command } = execution.assertion.proof;
  const steps = execution.assertion.proof.steps.filter(isHttpStep);
  const met: Checked[] = [];
  for (const [index, step] of steps.entries()) {
    const checked = await proveStep(execution, step, index === steps.length - 1);
    met.push(checked);
    if (!checked.ok) return joined(met);
  }
  if (command !== undefined) {
    const checked = checkExpectation(await execution.command('command', command), {});
    met.push({
      ...checked,
      observed: `command: ${checked.observed}`,
      expected: `command: ${checked.expected}`,
    });
  }
  return joined(met);
}

async function proveStep(execution: ProofExecution, step: HttpStep, isLast: boolean): Promise<Checked> {
  const name = `${step.method} ${step.url}`;
  const answer = await send(execution, step);
  if (typeof answer === 'string') return { ok: false, observed: answer, expected: `${name}: an answer` };
  const observation = { kind: 'http', ...answer, body: Buffer.from(answer.body).toString('utf8') } as const;
  const own = checkExpectation(observation, step.expected ?? {});
  const last = isLast ? checkExpectation(observation, execution.assertion.proof.expected) : own;
  const expected = [...new Set([own.expected, last.expected])].filter((text) => text !== 'any answer');
  return {
    ok: own.ok && last.ok,
    observed: `${name}: ${own.observed}`,
    expected: `${name}: ${expected.join('; ') || 'any answer'}`,
  };
}

/** The answer, or in words that there was none. */
async function send(execution: ProofExecution, step: HttpStep): Promise<HttpResult | string> {
  const { session, signal, leftMs } = execution;
  const { method, url, headers, body } = step;
  const request = { method, url, ...(headers && { headers }), ...(body !== undefined && { body }) };
  const answer = await session
    .http({ ...request, timeoutMs: Math.max(1, leftMs), signal })
    .catch((error: unknown) => {
      if (isRefusal(error) && error.code === 'HTTP_NO_ANSWER') return error.message;
      throw error;
    });
  signal.throwIfAborted();
  const response =
    typeof answer === 'string' ? answer : { ...answer, body: Buffer.from(answer.body).toString('utf8') };
  await execution.keep(
    execution.redact(JSON.stringify({ request, response }, undefined, 2)),
    'application/json',
    { kind: 'http', command: execution.redact(`${method} ${url}`) },
  );
  return answer;
}

function joined(steps: readonly Checked[]): Checked {
  const failed = steps.find(({ ok }) => !ok);
  const shown = failed ? [failed] : steps;
  return {
    ok: failed === undefined,
    observed: shown.map(({ observed }) => observed).join('\n'),
    expected: shown.map(({ expected }) => expected).join('\n'),
  };
}
