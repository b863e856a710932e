import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import type { ServerProcess } from './run-server.ts'

interface ServeOptions {
  readonly model: string
  readonly port: number
  /** Further arguments of the server. */
  readonly args: readonly string[]
  readonly signal: AbortSignal
}

interface ServeCommand {
  readonly help: string
  readonly defaultPort: number
  /** Finds or installs the program that serves. Resolves to its path. */
  findProgram(signal: AbortSignal): Promise<string>
  /** The embedded model, with arguments that suit it. */
  embeddedModel(): Promise<Pick<ServeOptions, 'model' | 'args'>>
  /** What the loading takes, for those who wait; absent where it takes seconds. */
  readonly loadingTime?: string
  start(program: string, options: ServeOptions): Promise<ServerProcess>
}

/** Runs a command that serves a model with a real server until it is interrupted. */
export async function runServeCommand(command: ServeCommand): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stop.abort())
  try {
    await serve(command, stop.signal)
  } catch (error) {
    if (stop.signal.aborted) return
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof TypeError ? 2 : 1
  }
}

async function serve(
  { help, defaultPort, findProgram, embeddedModel, loadingTime, start }: ServeCommand,
  signal: AbortSignal,
): Promise<void> {
  const { values, positionals } = readArguments(defaultPort)
  if (values.help) return void process.stdout.write(help)
  const program = await findProgram(signal)
  signal.throwIfAborted()
  if (values.path) return void process.stdout.write(`${program}\n`)

  const { model, args } =
    values.model === undefined ? await embeddedModel() : { model: values.model, args: [] }
  process.stderr.write(`Loading ${basename(model)}${loadingTime ? `, ${loadingTime}` : ''}… `)
  const startedAt = performance.now()
  const server = await start(program, {
    model,
    port: values.port,
    args: [...args, ...positionals],
    signal,
  })
  process.stderr.write(
    `${secondsSince(startedAt)}\nIt is served at ${server.url}; Ctrl-C ends it. ` +
      'To ask it something:\n\n' +
      `  npm start -- --backend http --url ${server.url} "What is 12 + 30?"\n\n`,
  )
  signal.addEventListener('abort', () => void server.close())
  await server.whenEnded
}

function readArguments(defaultPort: number) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: 'string' },
      port: { type: 'string', default: String(defaultPort) },
      path: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TypeError(`expected --port to be from 1 to 65535, got ${values.port}`)
  return { values: { ...values, port }, positionals }
}

export function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`
}
