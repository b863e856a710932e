// npm run bench -- NAME: measures, and prints a table. Nothing here runs in the tests.
const benches: Readonly<
  Record<string, () => Promise<{ run(args: readonly string[]): Promise<void> }>>
> = {
  core: () => import('./core.ts'),
  http: () => import('./http.ts'),
  'llama-cpp': () => import('./llama-cpp.ts'),
  onnx: () => import('./onnx.ts'),
  tiny: () => import('./tiny.ts'),
}

const [name = '', ...args] = process.argv.slice(2)
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
if (bench) await (await bench()).run(args)
else {
  console.error(`npm run bench -- NAME, where NAME is one of: ${Object.keys(benches).join(', ')}`)
  process.exitCode = 2
}
