import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { WriteStream } from 'node:tty'
import { run } from '../src/run.ts'
import type { Terminal } from '../src/terminal.ts'

export interface Played {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

interface Playing {
  readonly argv?: readonly string[]
  /** What is piped in; null is a standard input that stays open and silent. */
  readonly input?: string | null
  /** Stands for standard input, in place of `input`. */
  readonly stdin?: NodeJS.ReadableStream
  readonly terminal?: boolean
  /** Typed, or SIGINT, as soon as the output since the last entry holds the text. */
  readonly script?: readonly (readonly [seen: string, act: 'SIGINT' | { readonly type: string }])[]
}

/** Runs the command against streams, as a person or a pipe would. */
export async function play({
  argv = [],
  input = '',
  stdin,
  terminal = false,
  script = [],
}: Playing): Promise<Played> {
  const stream = () =>
    Object.assign(new PassThrough(), {
      isTTY: terminal,
      getColorDepth: WriteStream.prototype.getColorDepth,
      columns: 80,
    })
  const world = {
    argv,
    stdin: stdin ?? stream(),
    stdout: stream(),
    stderr: stream(),
    interrupts: new EventEmitter(),
  }
  const said = { stdout: '', stderr: '' }
  const left = [...script]
  let seen = ''

  world.stdout.on('data', (chunk: Buffer) => {
    said.stdout += chunk.toString()
    seen += chunk.toString()
    const [next] = left
    if (!next || !seen.includes(next[0])) return
    left.shift()
    seen = ''
    const [, act] = next
    setImmediate(() =>
      act === 'SIGINT'
        ? world.interrupts.emit('SIGINT')
        : (world.stdin as PassThrough).write(act.type),
    )
  })
  world.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  if (input !== null && !terminal && !stdin) (world.stdin as PassThrough).end(input)

  const code = await run(world as unknown as Terminal)
  if (left.length > 0)
    throw new Error(`never saw ${JSON.stringify(left[0]?.[0])} in ${JSON.stringify(said.stdout)}`)
  return { ...said, code }
}
