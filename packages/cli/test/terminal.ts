import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { WriteStream } from 'node:tty'
import { run } from '../src/run.ts'
import type { Terminal } from '../src/terminal.ts'

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

interface PlayOptions {
  readonly argv?: readonly string[]
  /** The text of standard input. With null, standard input stays open and silent. */
  readonly input?: string | null
  /** Standard input, in place of `input`. */
  readonly stdin?: NodeJS.ReadableStream
  readonly terminal?: boolean
  /** Each action follows as soon as the output since the previous action includes the text. */
  readonly script?: readonly (readonly [
    awaitedText: string,
    action: 'SIGINT' | { readonly type: string },
  ])[]
}

/** Runs the command with fake streams, at a terminal or in a pipe. */
export async function play({
  argv = [],
  input = '',
  stdin,
  terminal = false,
  script = [],
}: PlayOptions): Promise<CommandResult> {
  const stream = () =>
    Object.assign(new PassThrough(), {
      isTTY: terminal,
      getColorDepth: WriteStream.prototype.getColorDepth,
      columns: 80,
    })
  const streams = {
    argv,
    stdin: stdin ?? stream(),
    stdout: stream(),
    stderr: stream(),
    interrupts: new EventEmitter(),
  }
  const output = { stdout: '', stderr: '' }
  const remainingSteps = [...script]
  let recentOutput = ''

  streams.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk.toString()
    recentOutput += chunk.toString()
    const [next] = remainingSteps
    if (!next || !recentOutput.includes(next[0])) return
    remainingSteps.shift()
    recentOutput = ''
    const [, action] = next
    setImmediate(() =>
      action === 'SIGINT'
        ? streams.interrupts.emit('SIGINT')
        : (streams.stdin as PassThrough).write(action.type),
    )
  })
  streams.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  if (input !== null && !terminal && !stdin) (streams.stdin as PassThrough).end(input)

  const code = await run(streams as unknown as Terminal)
  if (remainingSteps.length > 0)
    throw new Error(
      `the output lacks ${JSON.stringify(remainingSteps[0]?.[0])}: ` +
        JSON.stringify(output.stdout),
    )
  return { ...output, code }
}
