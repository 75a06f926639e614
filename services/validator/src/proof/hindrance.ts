import { posix } from 'node:path';
import type { SandboxSession } from '@missions/workspace';
import { contractDir } from './clean-room.ts';
import type { ContractFile } from './contract-files.ts';
import { executedFiles } from './executed-files.ts';
import type { ProofExecution } from './proof-execution.ts';

const checkTimeoutMs = 30_000;

/**
 * What would hinder this proof on a finished product too; undefined when the product itself is to blame.
 * Asked only after a proof was not met. Everything it goes by are the contract's own bytes and the sandbox, so code
 * under test cannot pass its failure off as a hindrance.
 */
export async function findHindrance(
  execution: ProofExecution,
  files: readonly ContractFile[],
): Promise<string | undefined> {
  const { proof, id } = execution.assertion;
  for (const file of executedFiles(proof, files)) {
    const problem = await parseProblem(execution.session, posix.join(contractDir, id, file.path));
    if (problem !== undefined) return `${file.path} does not parse: ${problem}`;
  }
  if (!execution.ends.some(({ exitCode }) => exitCode === 126 || exitCode === 127)) return undefined;
  return missingInterpreter(execution, files);
}

const syntaxChecks: Readonly<Record<string, (path: string) => readonly [string, ...string[]]>> = {
  '.js': nodeCheck,
  '.mjs': nodeCheck,
  '.cjs': nodeCheck,
  '.sh': (path) => ['/bin/bash', '-n', path],
  '.bash': (path) => ['/bin/bash', '-n', path],
  '.json': (path) => ['node', '-e', 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))', path],
  '.py': (path) => [
    '/bin/sh',
    '-c',
    'command -v python3 >/dev/null || exit 0; exec python3 -c "import ast, sys; ast.parse(open(sys.argv[1]).read())" "$1"',
    'sh',
    path,
  ],
};

function nodeCheck(path: string): readonly [string, ...string[]] {
  return ['node', '--check', path];
}

async function parseProblem(session: SandboxSession, path: string): Promise<string | undefined> {
  const check = syntaxChecks[posix.extname(path)];
  if (!check) return undefined;
  const result = await session.run({ command: check(path), cwd: '/', timeoutMs: checkTimeoutMs });
  if (result.exitCode === 0 || result.exitCode === undefined) return undefined;
  const lines = result.stderr.split('\n').map((line) => line.trim());
  return lines.find((line) => /error/i.test(line)) ?? lines.find(Boolean) ?? 'its syntax is wrong';
}

const notFound =
  /(?:^|[:\s])['‘]?([\w.+-]+)['’]?: (?:command not found|not found|No such file or directory)/g;

/** A program that the contract itself calls and the sandbox does not have. */
async function missingInterpreter(
  { ends, assertion, services, session }: ProofExecution,
  files: readonly ContractFile[],
): Promise<string | undefined> {
  const { command = '', setup = '' } = assertion.proof;
  const texts = [command, setup, ...services.map(({ start }) => start)];
  const contract = [...texts, ...files.map(({ bytes }) => Buffer.from(bytes).toString('utf8'))].join('\n');
  // Whoever changes PATH means programs of the product.
  if (/\bPATH=/.test(contract)) return undefined;
  const said = ends.flatMap(({ output }) =>
    [...output.slice(-8_000).matchAll(notFound)].map(([, name]) => name),
  );
  const shebangs = files.flatMap(({ bytes }) => shebangProgram(bytes) ?? []);
  const words = new Set(contract.match(/[\w.+-]+/g));
  for (const name of new Set([...said.flatMap((word) => word ?? []), ...shebangs])) {
    if (!words.has(name)) continue;
    const found = await session.run({
      command: ['/bin/sh', '-c', 'command -v -- "$1"', 'sh', name],
      timeoutMs: checkTimeoutMs,
    });
    if (found.exitCode !== 0) return `${name} is not installed in the sandbox`;
  }
  return undefined;
}

function shebangProgram(bytes: Uint8Array): string | undefined {
  const [line = ''] = Buffer.from(bytes.subarray(0, 200)).toString('utf8').split('\n');
  const found = /^#!\s*(?:\S*\/env\s+(?:-\S+\s+)*)?(?:\S*\/)?([\w.+-]+)/.exec(line);
  return found?.[1];
}
