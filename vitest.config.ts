import { defineConfig } from 'vitest/config'

/** Rooms that are pure, and so are their tests: nothing that one file could leave to the next. */
const PURE = ['test/policy/**/*.test.ts', 'test/source/**/*.test.ts', 'test/oracle/**/*.test.ts']

export default defineConfig({
  test: {
    // Whole-Worker files each start servers of their own; two cores carry two files at a time.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // What was decided is on record a second later, and on a busy machine more.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      // One process for many files: to start one and to load schemas for each takes longer than most of them do.
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      { extends: true, test: { name: 'whole', include: ['test/**/*.test.ts'], exclude: ['test/browser/**', ...PURE] } },
    ],
  },
})
