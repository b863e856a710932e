import { defineConfig } from 'vitest/config'
import { ClosingLines } from './test/reporter.ts'

export default defineConfig(({ mode }) => ({
  resolve: { conditions: ['@nano/source'] },
  ssr: { resolve: { conditions: ['@nano/source'] } },
  test: {
    include: ['test/*.test.ts', 'packages/*/test/**/*.test.ts', 'examples/adapter/test/*.test.ts'],
    globalSetup: ['test/shared/llama-server.ts'],
    setupFiles: ['test/shared/property-seed.ts'],
    env: { NANO_LONG: mode === 'long' ? '1' : '' },
    reporters: ['default', new ClosingLines()],
    testTimeout: mode === 'long' ? 1_800_000 : 60_000,
  },
}))
