/**
 * The packages the reference is made of: their sources under the `@missions/source` condition (tests), else what
 * `tools/compile.mjs` made of them. Imported by computed name, since the tools are checked without any package's types.
 */
const [kernel, mission, contracts, leasing, models, scripted, runtime, agentTools] = await Promise.all(
  ['kernel', 'mission', 'contracts', 'leasing', 'models', 'models/scripted', 'runtime', 'agent-tools'].map(
    (name) => import(`@missions/${name}`),
  ),
);

export { agentTools, contracts, kernel, leasing, mission, models, runtime, scripted };

/** @type {readonly string[]} */
export const missionCommandNames = Object.keys(mission.missionCommandSchemas);
