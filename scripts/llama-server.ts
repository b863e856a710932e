// npm run llama-server: brings a real llama-server where it can, and serves the embedded model, or
// another, with it.
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { gguf } from '@nano/tiny'
import { bringLlamaServer } from './llama-server/bring.ts'
import { startLlamaServer } from './llama-server/start.ts'

const help = `npm run llama-server -- [options] [-- what llama-server is told besides]

Serves a model with a real llama-server: the one that LLAMA_SERVER names, else one on the PATH,
else, on Debian and Ubuntu, one from Debian's packages, fetched once and not installed.

  --model PATH   a GGUF file; without it, the embedded model
  --port NUMBER  8080 without it
  --path         prints where the llama-server is, and serves nothing
  --help         prints this
`

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!stop.signal.aborted) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof TypeError ? 2 : 1
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals: args } = read(argv)
  if (values.help) return void process.stdout.write(help)

  const path = await bring()
  if (values.path) return void process.stdout.write(`${path}\n`)

  const model = values.model ?? gguf.F16
  // In process, the attention of a model as small as the embedded one is computed without flash
  // attention. Computed alike, its replies are the same.
  const own = values.model === undefined ? ['-fa', 'off', '-c', '8192', '--parallel', '4'] : []
  process.stderr.write(`Loading ${basename(model)}… `)
  const started = performance.now()
  const server = await startLlamaServer({
    path,
    model,
    port: values.port,
    args: [...own, ...args],
    patience: 600_000,
    signal: stop.signal,
  })
  process.stderr.write(
    `${seconds(started)}\nIt is served at ${server.url}; Ctrl-C ends it. To ask it something:\n\n  npm start -- --backend http --url ${server.url} "What is 12 + 30?"\n\n`,
  )
  stop.signal.addEventListener('abort', () => void server.close())
  await server.ended
}

function read(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      port: { type: 'string', default: '8080' },
      path: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`expected --port to be from 1 to 65535, got ${values.port}`)
  return { values: { ...values, port }, positionals }
}

async function bring(): Promise<string> {
  const started = performance.now()
  let downloads = false
  const onDownload = () => {
    downloads = true
    process.stderr.write("Fetching llama-server from Debian's packages, about 30 MB… ")
  }
  const found = await bringLlamaServer({ patience: 600_000, signal: stop.signal, onDownload })
  if (downloads) process.stderr.write('path' in found ? `${seconds(started)}\n` : 'failed.\n')
  if ('path' in found) return found.path
  throw new Error(found.missing)
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1_000).toFixed(1)} s`
}
