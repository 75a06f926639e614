import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTask } from '../src/list.mjs';

test('a task gets the next number and is open', () => {
  const tasks = addTask(addTask([], 'Buy milk'), 'Call Ana');
  assert.deepEqual(tasks, [
    { id: 1, title: 'Buy milk', done: false },
    { id: 2, title: 'Call Ana', done: false },
  ]);
});

test('adding leaves the old list as it was', () => {
  const before = Object.freeze([]);
  addTask(before, 'Buy milk');
  assert.deepEqual(before, []);
});
