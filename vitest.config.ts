import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@nano/source'] },
  ssr: { resolve: { conditions: ['@nano/source'] } },
  test: { include: ['test/*.test.ts', 'packages/*/test/**/*.test.ts'], reporters: ['default'], testTimeout: 30_000 },
})
