export { takeBaseline } from './take-baseline.ts';
export { validateMilestone } from './validate-milestone.ts';
