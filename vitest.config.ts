import { defineConfig } from 'vitest/config'
import { ClosingLines } from './test/reporter.ts'

/** Tests of plain functions, which leave nothing behind in the process that runs them. */
const pureTests = [
  'packages/{core,chat}/test/**/*.test.ts',
  'packages/forge/test/!(native)/**/*.test.ts',
]

/** Tests with real models, which `npm run test:real` makes. They need all cores for themselves. */
const realProject = {
  extends: true,
  test: { name: 'real', include: ['test/real/*.test.ts'], fileParallelism: false },
} as const

export default defineConfig(({ mode }) => ({
  resolve: { conditions: ['@nano/source'] },
  ssr: { resolve: { conditions: ['@nano/source'] } },
  test: {
    reporters: ['default', new ClosingLines()],
    // On two cores, vitest's own choice is one worker.
    maxWorkers: 2,
    projects:
      mode === 'real'
        ? [realProject]
        : [
            {
              extends: true,
              test: { name: 'pure', include: pureTests, isolate: false },
            },
            {
              extends: true,
              test: {
                name: 'whole',
                include: [
                  'test/*.test.ts',
                  ...(mode === 'long' ? ['test/consumers/*.test.ts'] : []),
                  'packages/*/test/**/*.test.ts',
                  'examples/adapter/test/*.test.ts',
                ],
                exclude: ['**/node_modules/**', ...pureTests],
                globalSetup: ['test/shared/llama-server.ts'],
              },
            },
          ],
    setupFiles: ['test/shared/property-seed.ts'],
    env: { NANO_LONG: mode === 'long' ? '1' : '' },
    testTimeout: mode === 'test' ? 60_000 : 1_800_000,
  },
}))
