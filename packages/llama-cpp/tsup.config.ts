import { defineConfig } from 'tsup'

// The process of a model has a file of its own.
export default defineConfig({
  entry: { index: 'src/index.ts', 'serve-engine': 'src/process/serve-engine.ts' },
  format: 'esm',
  target: 'node22',
  dts: { entry: 'src/index.ts' },
  clean: true,
  sourcemap: true,
  removeNodeProtocol: false,
})
