// npm run llama-server: finds or fetches a real llama-server, and serves the embedded model, or
// another one, with it.
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { gguf } from '@nano/tiny'
import { bringLlamaServer } from './llama-server/bring.ts'
import { startLlamaServer } from './llama-server/start.ts'

const help = `npm run llama-server -- [options] [-- arguments of llama-server]

Serves a model with a real llama-server: the one that LLAMA_SERVER names, else one on the PATH,
else, on Debian and Ubuntu, one from Debian's packages, fetched once and not installed.

  --model PATH   a GGUF file; without it, the embedded model
  --port NUMBER  8080 without it
  --path         prints where the llama-server is, and serves nothing
  --help         prints this
`
/** Milliseconds to fetch a llama-server, and to start it. */
const timeout = 600_000
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
  const { values, positionals: args } = readArguments(argv)
  if (values.help) return void process.stdout.write(help)

  const path = await fetchServer()
  if (values.path) return void process.stdout.write(`${path}\n`)

  const model = values.model ?? gguf.F16
  // The adapter computes small models without flash attention. With the same attention, the replies
  // are the same.
  const embedded = ['-fa', 'off', '-c', '8192', '--parallel', '4']
  process.stderr.write(`Loading ${basename(model)}… `)
  const startedAt = performance.now()
  const server = await startLlamaServer({
    path,
    model,
    port: values.port,
    args: [...(values.model === undefined ? embedded : []), ...args],
    timeout,
    signal: stop.signal,
  })
  process.stderr.write(
    `${secondsSince(startedAt)}\nIt is served at ${server.url}; Ctrl-C ends it. ` +
      'To ask it something:\n\n' +
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

async function fetchServer(): Promise<string> {
  const startedAt = performance.now()
  let isDownload = false
  const onDownload = () => {
    isDownload = true
    process.stderr.write("Fetching llama-server from Debian's packages, about 30 MB… ")
  }
  const executable = await bringLlamaServer({ timeout, signal: stop.signal, onDownload })
  if (isDownload)
    process.stderr.write('path' in executable ? `${secondsSince(startedAt)}\n` : 'failed.\n')
  if ('path' in executable) return executable.path
  throw new Error(executable.missing)
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`
}
