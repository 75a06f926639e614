import type { BriefDraft } from './brief.ts';
import type { ProductService } from './plan.ts';
import { isBrowserStep, isHttpStep } from './proof-step.ts';
import type { ProposalProblem } from './proposal-problem.ts';
import type { Assertion } from './validation-contract.ts';

export interface EntryPoints {
  readonly services: readonly ProductService[];
  readonly environment: BriefDraft['environment'];
}

/**
 * Every door that a user comes in by is opened by at least one assertion, or hundreds of green tests could stand around a
 * product that does not start: each service that listens is driven by http or browser, and a product that is started without
 * one is run by a command or on a terminal.
 */
export function checkEntryPoints(
  { services, environment }: EntryPoints,
  assertions: readonly Assertion[],
): readonly ProposalProblem[] {
  const driven = new Set(assertions.flatMap(portsOf));
  const undriven = services.flatMap(({ name, port, health }): ProposalProblem[] => {
    const listens = port ?? (health === undefined ? undefined : portOf(health));
    if (listens === undefined || driven.has(listens)) return [];
    return [
      {
        where: name,
        what: `listens on port ${String(listens)}, but no assertion drives it there by http or browser; add one, or leave out port and health of a service that only others talk to`,
      },
    ];
  });
  return [
    ...undriven,
    ...sharedPorts(services),
    ...(services.length === 0 ? notStarted(environment, assertions) : []),
  ];
}

/** The second of two services on one port would never come up, or answer for the first. */
function sharedPorts(services: EntryPoints['services']): readonly ProposalProblem[] {
  return services.flatMap(({ name, port }, index): ProposalProblem[] => {
    const other = services.slice(0, index).find((earlier) => port !== undefined && earlier.port === port);
    if (!other) return [];
    return [
      { where: name, what: `listens on port ${String(port)}, as ${other.name} does; give each its own` },
    ];
  });
}

function notStarted(
  { start }: BriefDraft['environment'],
  assertions: readonly Assertion[],
): ProposalProblem[] {
  const run = assertions.some(({ proof: { method } }) => method === 'command' || method === 'pty');
  if (start === undefined || run) return [];
  return [
    {
      where: 'environment.start',
      what: `says that the product is started by \`${start}\`, but no assertion runs it: prove one by pty or command, or name the service in the plan`,
    },
  ];
}

function portsOf({ proof: { method, steps } }: Assertion): readonly number[] {
  if (method !== 'http' && method !== 'browser') return [];
  return steps.flatMap((step) => {
    if (!isHttpStep(step) && !isBrowserStep(step)) return [];
    return step.url === undefined ? [] : [portOf(step.url)];
  });
}

function portOf(address: string): number {
  const { port, protocol } = new URL(address);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
