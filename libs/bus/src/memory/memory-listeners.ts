interface Listener<Call> {
  readonly group: string | undefined;
  readonly call: Call;
}

/** Who listens on which subject; of each group one listener is chosen at a time, in turn. */
export class MemoryListeners<Call> {
  readonly #listeners = new Map<string, Listener<Call>[]>();
  #turn = 0;

  /** Returns what removes it again. */
  add(subject: string, call: Call, group?: string): () => void {
    const listener = { group, call };
    this.#listeners.set(subject, [...this.#of(subject), listener]);
    return () => {
      this.#listeners.set(
        subject,
        this.#of(subject).filter((one) => one !== listener),
      );
    };
  }

  /** Every listener without a group, and one of each group. */
  chosen(subject: string): readonly Call[] {
    this.#turn += 1;
    const listeners = this.#of(subject);
    const groups = Map.groupBy(listeners, ({ group }) => group);
    return [...groups].flatMap(([group, members]) => {
      if (group === undefined) return members.map(({ call }) => call);
      const member = members[this.#turn % members.length];
      return member ? [member.call] : [];
    });
  }

  #of(subject: string): readonly Listener<Call>[] {
    return this.#listeners.get(subject) ?? [];
  }
}
