import { endianness } from 'node:os';
import { DomainError } from '@missions/kernel';
import {
  forbiddenCalls,
  socketCall,
  socketFamilies,
  unknownCalls,
  type CallNumbers,
} from './system-calls.ts';

/** One instruction of classic BPF: operation, where to go if true and if false, operand. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

const loadWord = 0x20;
const jumpIfEqual = 0x15;
const jumpIfAtLeast = 0x35;
const jumpAlways = 0x05;
const answer = 0x06;

/** Places in `struct seccomp_data`; of an argument the low half. */
const callNumber = 0;
const architecture = 4;
const firstArgument = 16;

const allow = 0x7fff_0000;
const killProcess = 0x8000_0000;
const withErrno = 0x0005_0000;
const [notPermitted, noSuchCall, noSuchFamily] = [1, 38, 97].map((errno) => withErrno + errno) as [
  number,
  number,
  number,
];

export type FilteredArchitecture = 'x64' | 'arm64';
const architectures: Readonly<Record<FilteredArchitecture, number>> = {
  x64: 0xc000_003e,
  arm64: 0xc000_00b7,
};
/** On x86-64 the same calls have a second set of numbers from here on, which nothing in use needs. */
const secondNumbers = 0x4000_0000;

/**
 * The kernel's check of every system call inside: a call of another architecture ends the process, what is forbidden is
 * refused with an error, all else is allowed.
 */
export function seccompProgram(machine: FilteredArchitecture): readonly Instruction[] {
  return [
    [loadWord, 0, 0, architecture],
    [jumpIfEqual, 1, 0, architectures[machine]],
    [answer, 0, 0, killProcess],
    [loadWord, 0, 0, callNumber],
    ...(machine === 'x64' ? refuseFrom(secondNumbers) : []),
    ...numbersOf(forbiddenCalls, machine).flatMap((number) => refuse(number, notPermitted)),
    ...numbersOf(unknownCalls, machine).flatMap((number) => refuse(number, noSuchCall)),
    ...refuseFamilies(machine),
    [answer, 0, 0, allow],
  ];
}

function refuse(number: number, how: number): readonly Instruction[] {
  return [
    [jumpIfEqual, 0, 1, number],
    [answer, 0, 0, how],
  ];
}

function refuseFrom(number: number): readonly Instruction[] {
  return [
    [jumpIfAtLeast, 0, 1, number],
    [answer, 0, 0, noSuchCall],
  ];
}

/** `socket` with a family that is not listed; the last check, for it replaces the loaded number. */
function refuseFamilies(machine: FilteredArchitecture): readonly Instruction[] {
  const [number] = numbersOf({ socketCall }, machine);
  const checks = socketFamilies.map((family, index): Instruction => {
    const toAllow = socketFamilies.length - index;
    return [jumpIfEqual, toAllow, 0, family];
  });
  return [
    [jumpIfEqual, 1, 0, number ?? 0],
    [jumpAlways, 0, 0, checks.length + 2],
    [loadWord, 0, 0, firstArgument],
    ...checks,
    [answer, 0, 0, noSuchFamily],
  ];
}

function numbersOf(calls: Readonly<Record<string, CallNumbers>>, machine: FilteredArchitecture): number[] {
  const column = machine === 'x64' ? 0 : 1;
  return Object.values(calls).flatMap((numbers) => {
    const number = numbers[column];
    return number === undefined ? [] : [number];
  });
}

/** The program as the kernel takes it. Refuses with `SANDBOX_UNAVAILABLE` for a machine whose calls are not known here. */
export function seccompFilter(machine: string = process.arch): Buffer {
  if ((machine !== 'x64' && machine !== 'arm64') || endianness() !== 'LE')
    throw new DomainError('SANDBOX_UNAVAILABLE', `There is no filter of system calls for ${machine} yet.`, {
      machine,
    });
  const program = seccompProgram(machine);
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  }
  return bytes;
}
