import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import pg from 'pg';
import { servePeer } from './peer.mjs';
import { model, tool, TURNS } from './work.mjs';

const State = Annotation.Root({
  messages: Annotation({ reducer: (before, more) => [...before, ...more], default: () => [] }),
});
const repliesIn = ({ messages }) => messages.filter(({ call }) => call !== undefined).length;

/** The usual graph of an agent, a checkpoint after every node: model, tool, and back until the model is done. */
function graphOver(checkpointer) {
  return new StateGraph(State)
    .addNode('model', async (state) => ({ messages: [await model(repliesIn(state))] }))
    .addNode('tool', async ({ messages }) => ({ messages: [await tool(messages.at(-1).call)] }))
    .addEdge(START, 'model')
    .addEdge('model', 'tool')
    .addConditionalEdges('tool', (state) => (repliesIn(state) < TURNS ? 'model' : END))
    .compile({ checkpointer });
}

await servePeer(async ({ databaseUrl }) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const saver = new PostgresSaver(pool);
  await saver.setup();
  const graph = graphOver(saver);
  return {
    work: async (id) => {
      const options = { configurable: { thread_id: id }, durability: 'sync', recursionLimit: 100 };
      const { messages } = await graph.invoke({ messages: [{ text: 'Note them.' }] }, options);
      if (messages.length !== 1 + 2 * TURNS) throw new Error(`It took ${messages.length} messages.`);
    },
    close: () => pool.end(),
  };
});
