import { agentTools, mission } from './schemas.mjs';
import { isRequired } from './schema-text.mjs';
import { asMarkdown, fieldTable, table } from './words.mjs';

/** Which role performs which task; `baseline` is the engine's alone. */
const runs = [
  ['orchestrator', 'scope'],
  ['orchestrator', 'plan'],
  ['orchestrator', 'triage'],
  ['orchestrator', 'converse'],
  ['orchestrator', 'report'],
  ['worker', 'build'],
  ['scrutiny', 'validate'],
  ['user_testing', 'validate'],
  ['scrutiny', 'review'],
  ['researcher', 'research'],
];

/** Where the fields of a tool's input are commented on; the others describe theirs themselves. */
const constants = {
  ask: 'askedSchema',
  propose_plan: 'proposedSchema',
  settle_findings: 'settlementClaimSchema',
  reply: 'repliedSchema',
  hand_off: 'handoffClaimSchema',
  report_validation: 'reportClaimSchema',
  report_review: 'reviewClaimSchema',
  broadcast: 'broadcastDraftSchema',
  browser: 'browserStepSchema',
};

const effects = {
  read: 'Reads: calls of one turn run side by side.',
  write: 'Changes something: calls of one turn run in their order.',
  closing:
    'Ends the run, after everything else of its turn. A refused call says what is wrong, and the run goes on.',
};

export function toolParts() {
  checkTasks();
  return { 'tool-list': toolList, 'tool-sections': toolSections };
}

/** A task that is new has to be written here, or its tools would be missing from the page. */
function checkTasks() {
  const known = new Set(['baseline', ...runs.map(([, task]) => task)]);
  const missing = mission.taskSchema.options.filter((task) => !known.has(task));
  if (missing.length > 0)
    throw new Error(`tools/reference/tools.mjs does not know the tasks ${missing.join(', ')}.`);
}

/** Every tool with the runs it is offered to, in the order in which a run is given them. */
function offeredTools() {
  const offered = new Map();
  for (const [role, task] of runs)
    for (const tool of agentTools.toolsFor({ role, task }, stubs())) {
      const known = offered.get(tool.name) ?? { tool, to: [] };
      offered.set(tool.name, { ...known, to: [...known.to, [role, task]] });
    }
  const ends = ({ tool }) => (tool.effect === 'closing' ? 1 : 0);
  return [...offered.values()].sort((left, right) => ends(left) - ends(right));
}

/** Tools are made to be looked at, and never called: whatever they are made of may be anything. */
function stubs() {
  const anything = () => undefined;
  const fill = (given) => new Proxy(given, { get: (known, key) => (key in known ? known[key] : anything) });
  return fill({ servers: undefined, conclude: fill({}) });
}

function offeredTo(to) {
  if (to.length === runs.length) return 'every run';
  const roles = [...new Set(to.map(([role]) => role))];
  const tasksOf = (role) => to.filter(([one]) => one === role).map(([, task]) => task);
  return roles.map((role) => `${role} (${tasksOf(role).join(', ')})`).join(', ');
}

function toolList() {
  const rows = offeredTools().map(({ tool, to }) => [
    `[\`${tool.name}\`](#${tool.name})`,
    inputOf(tool),
    offeredTo(to),
  ]);
  return table(['tool', 'input', 'offered to'], rows);
}

function inputOf({ input }) {
  const fields = Object.entries(input._zod.def.shape);
  const texts = fields.map(([name, schema]) => (isRequired(schema) ? name : `${name}?`));
  return `\`{ ${texts.join(', ')} }\``;
}

function toolSections() {
  return offeredTools()
    .map(({ tool, to }) =>
      [
        `### ${tool.name}`,
        asMarkdown(tool.description),
        `${effects[tool.effect]} Offered to ${offeredTo(to)}.`,
        fieldTable(tool.input, constants[tool.name] ?? ''),
      ].join('\n\n'),
    )
    .join('\n\n');
}
