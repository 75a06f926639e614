/** Tasks are plain data, `{ id, title, done }`; every function gives a new list. */
export function addTask(tasks, title) {
  const highest = tasks.reduce((id, task) => Math.max(id, task.id), 0);
  return [...tasks, { id: highest + 1, title, done: false }];
}
