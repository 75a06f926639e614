import { seccompFilter, seccompProgram, type FilteredArchitecture } from './seccomp-filter.ts';
import { forbiddenCalls, unknownCalls } from './system-calls.ts';

const audit = { x64: 0xc000_003e, arm64: 0xc000_00b7 } as const;
const [allowed, killed] = [0x7fff_0000, 0x8000_0000];
const errno = (number: number): number => 0x0005_0000 + number;

interface Call {
  readonly number: number;
  readonly argument?: number;
  readonly machine?: number;
}

/** Executes the program as the kernel would: the few operations that it uses. */
function verdictOn(machine: FilteredArchitecture, call: Call): number {
  const program = seccompProgram(machine);
  const data: Readonly<Record<number, number>> = {
    0: call.number,
    4: call.machine ?? audit[machine],
    16: call.argument ?? 0,
  };
  let loaded = 0;
  for (let at = 0; ; at += 1) {
    const [code, ifTrue, ifFalse, operand] = program[at] ?? [];
    if (code === undefined || operand === undefined) throw new Error('It ran over its end.');
    if (code === 0x06) return operand;
    if (code === 0x20) loaded = data[operand] ?? Number.NaN;
    else if (code === 0x05) at += operand;
    else if (code === 0x15) at += (loaded === operand ? ifTrue : ifFalse) ?? 0;
    else if (code === 0x35) at += (loaded >= operand ? ifTrue : ifFalse) ?? 0;
    else throw new Error(`Unknown operation ${String(code)}`);
  }
}

describe.each(['x64', 'arm64'] as const)('the filter of system calls on %s', (machine) => {
  const column = machine === 'x64' ? 0 : 1;
  const [socket, read, execve] = machine === 'x64' ? [41, 0, 59] : [198, 63, 221];

  it('refuses what is forbidden, and calls unknown what has an older way', () => {
    for (const numbers of Object.values(forbiddenCalls)) {
      const number = numbers[column];
      if (number !== undefined) expect(verdictOn(machine, { number })).toBe(errno(1));
    }
    for (const numbers of Object.values(unknownCalls))
      expect(verdictOn(machine, { number: numbers[column] ?? 0 })).toBe(errno(38));
  });

  it('lets through what programs live on', () => {
    for (const number of [read, execve, 435, 449]) expect(verdictOn(machine, { number })).toBe(allowed);
  });

  it('opens sockets of the families that the network namespace holds, and of no others', () => {
    const families = Array.from({ length: 46 }, (_, argument) => argument);
    const open = families.filter((argument) => verdictOn(machine, { number: socket, argument }) === allowed);
    expect(open).toEqual([0, 1, 2, 10, 16]);
    expect(verdictOn(machine, { number: socket, argument: 40 })).toBe(errno(97));
  });

  it('ends a process that calls by the numbers of another architecture', () => {
    const other = machine === 'x64' ? 0x4000_0003 : 0x4000_0028;
    expect(verdictOn(machine, { number: read, machine: other })).toBe(killed);
  });

  it('is eight bytes an instruction, each jump within reach', () => {
    expect(seccompFilter(machine)).toHaveLength(seccompProgram(machine).length * 8);
    expect(seccompProgram(machine).every(([, a, b]) => a < 256 && b < 256)).toBe(true);
  });
});

it('refuses the second numbers of x86-64, and machines it does not know', () => {
  expect(verdictOn('x64', { number: 0x4000_0000 + 101 })).toBe(errno(38));
  expect(() => seccompFilter('riscv64')).toThrow('no filter of system calls for riscv64');
});
