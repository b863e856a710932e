// npm run llama-server: finds or fetches a real llama-server, and serves the embedded model, or
// another one, with it.
import { gguf } from '@nano/tiny'
import { bringLlamaServer } from './llama-server/bring.ts'
import { startLlamaServer } from './llama-server/start.ts'
import { runServeCommand, secondsSince } from './serve/serve-command.ts'

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
/**
 * The adapter computes small models without flash attention. With the same attention, the replies
 * are the same.
 */
const embeddedArguments = ['-fa', 'off', '-c', '8192', '--parallel', '4']

await runServeCommand({
  help,
  defaultPort: 8_080,
  findProgram: fetchServer,
  embeddedModel: async () => ({ model: gguf.F16, args: embeddedArguments }),
  start: (path, options) => startLlamaServer({ path, timeout, ...options }),
})

async function fetchServer(signal: AbortSignal): Promise<string> {
  const startedAt = performance.now()
  let isDownload = false
  const onDownload = () => {
    isDownload = true
    process.stderr.write("Fetching llama-server from Debian's packages, about 30 MB… ")
  }
  const executable = await bringLlamaServer({ timeout, signal, onDownload })
  if (isDownload)
    process.stderr.write('path' in executable ? `${secondsSince(startedAt)}\n` : 'failed.\n')
  if ('path' in executable) return executable.path
  throw new Error(executable.missing)
}
