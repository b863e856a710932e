import { defineConfig } from 'tsup'

// The worker is a file of its own: the session lives in another thread.
export default defineConfig({
  entry: ['src/index.ts', 'src/worker.ts'],
  format: 'esm',
  target: 'node22',
  dts: { entry: 'src/index.ts' },
  clean: true,
})
