/** What is wrong with a proposal, where, and what would be right. */
export interface ProposalProblem {
  readonly where: string;
  readonly what: string;
}
