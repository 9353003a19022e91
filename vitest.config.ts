import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**'],
    // Whole-Worker files each start servers of their own; two cores carry two files at a time.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // What was decided is on record a second later, and on a busy machine more.
    expect: { poll: { timeout: 10_000 } },
  },
})
