/**
 * Serves the bench over the channel it was forked with: a message asks for so many pieces of work, one after another, and is
 * answered with the milliseconds of each. Ends with the bench.
 */
export async function servePeer(open) {
  const { work, close } = await open(JSON.parse(process.argv[2]));
  let made = 0;
  process.on('message', async ({ count }) => {
    try {
      const durationsMs = [];
      for (let n = 0; n < count; n += 1) durationsMs.push(await timed(() => work(`work-${(made += 1)}`)));
      process.send({ durationsMs });
    } catch (error) {
      process.send({ fault: error.stack ?? String(error) });
    }
  });
  process.once('disconnect', async () => {
    await close();
    process.exit(0);
  });
  process.send({ ready: true });
}

async function timed(work) {
  const startedAt = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - startedAt) / 1e6;
}
