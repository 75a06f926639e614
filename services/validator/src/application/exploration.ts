import type { AnyTool } from '@missions/agent';
import type { Assertion } from '@missions/mission';

/** To look around, and to walk one flow, its steps apart. */
const turnsToBegin = 4;
const turnsOfFlow = 2;

/** How many turns a user tester has: to walk the flow of each assertion, and beyond that to explore. */
export function userTestingTurns(assertions: readonly Assertion[], explorationTurns: number): number {
  const walking = assertions.map(({ proof }) => turnsOfFlow + proof.steps.length);
  return walking.reduce((sum, turns) => sum + turns, turnsToBegin) + explorationTurns;
}

/** The same tools until the turns are used up; after that the call that ends the run is the only one that is executed. */
export function endingAfter(turns: number, tools: readonly AnyTool[]): readonly AnyTool[] {
  return tools.map((tool) =>
    tool.effect === 'closing'
      ? tool
      : {
          ...tool,
          execute: (input, context) =>
            context.turn > turns ? Promise.resolve(timeToReport(turns)) : tool.execute(input, context),
        },
  );
}

function timeToReport(turns: number) {
  const content = `Not executed: the ${String(turns)} turns of this run are used up. Report what you have seen.`;
  return { content, isError: true };
}
