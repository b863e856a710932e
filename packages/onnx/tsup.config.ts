import { defineConfig } from 'tsup'

// The worker is a file of its own: the session lives in another thread.
export default defineConfig({
  entry: { index: 'src/index.ts', worker: 'src/worker/worker.ts' },
  format: 'esm',
  target: 'node22',
  dts: { entry: 'src/index.ts' },
  clean: true,
  sourcemap: true,
  removeNodeProtocol: false,
})
