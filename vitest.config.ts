import { defineConfig } from 'vitest/config'
import { ClosingLines } from './test/reporter.ts'

/** Tests that need no llama-server. */
const serverlessTests = [
  'packages/{core,chat,onnx-graph}/test/**/*.test.ts',
  'packages/forge/test/!(native)/**/*.test.ts',
]
/**
 * Tests that leave something behind in their process, such as a changed global, or that need
 * modules which nothing has used before.
 */
const isolatedTests = [
  'packages/onnx/test/native/open/*.test.ts',
  'packages/llama-cpp/test/load/open-device.test.ts',
]

/** Tests with real models, which `npm run test:real` makes. They need all cores for themselves. */
const realProject = {
  extends: true,
  test: {
    name: 'real',
    include: ['test/real/*.test.ts', 'packages/llama-cpp/test/native/base-model.test.ts'],
    fileParallelism: false,
  },
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
            { extends: true, test: { name: 'isolated', include: isolatedTests } },
            // Files share a process: to start one and load the packages takes longer than most of
            // the tests. The long run gives each file its own.
            {
              extends: true,
              test: { name: 'serverless', include: serverlessTests, isolate: mode === 'long' },
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
                exclude: ['**/node_modules/**', ...serverlessTests, ...isolatedTests],
                globalSetup: ['test/shared/llama-server.ts'],
                isolate: mode === 'long',
              },
            },
          ],
    setupFiles: ['test/shared/property-seed.ts'],
    env: { NANO_LONG: mode === 'long' ? '1' : '' },
    testTimeout: mode === 'test' ? 60_000 : 1_800_000,
    // Hooks open models, beside another worker.
    hookTimeout: 60_000,
  },
}))
