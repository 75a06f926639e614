/** The same work for everybody: five turns of an instant model and a tool that it calls, so ten steps that must last. */
export const TURNS = 5;

export function model(turn) {
  return Promise.resolve({
    text: 'I note what I have found so far, and go on with what is left of the list.',
    call:
      turn === TURNS - 1 ? { tool: 'done', input: {} } : { tool: 'note', input: { text: `note ${turn}` } },
  });
}

export function tool({ input }) {
  return Promise.resolve({ content: `noted ${input.text ?? ''}` });
}
