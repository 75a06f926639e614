import { describeAppending } from './describe-appending.ts';
import { describeBeside } from './describe-beside.ts';
import { describeFeed } from './describe-feed.ts';
import { describeReading } from './describe-reading.ts';
import { describeTransactions } from './describe-transactions.ts';
import type { EventStoreFixture } from './event-store-fixture.ts';

/** Everything an event store has to do; every adapter's spec runs it. Each group of rules makes a fixture of its own. */
export function describeEventStore<Rows>(
  name: string,
  makeFixture: () => Promise<EventStoreFixture<Rows>>,
): void {
  describeAppending(name, makeFixture);
  describeBeside(name, makeFixture);
  describeReading(name, makeFixture);
  describeTransactions(name, makeFixture);
  describeFeed(name, makeFixture);
}
