import { defineConfig } from 'vitest/config'
import { ClosingLines } from './test/reporter.ts'

export default defineConfig({
  resolve: { conditions: ['@nano/source'] },
  ssr: { resolve: { conditions: ['@nano/source'] } },
  test: {
    include: ['test/*.test.ts', 'packages/*/test/**/*.test.ts'],
    reporters: ['default', new ClosingLines()],
    testTimeout: 60_000,
  },
})
