import { defineConfig } from 'vitest/config'

/** The console in a real browser: `npm run test:browser`. Not part of `npm test`: it needs Chromium. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    // One browser at a time, so that pictures are taken of pages that have had their time.
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
