import { resolve } from 'node:path'
import { NanoError } from '@nano/core'
import { CommanderError } from 'commander'
import { ask } from './ask.ts'
import { type ChatOptions, command, isEmbedded } from './command.ts'
import { converse } from './converse.ts'
import { openModel } from './open.ts'
import { readQuestion } from './question.ts'
import { screen } from './screen.ts'
import type { Terminal } from './terminal.ts'

/** npm runs scripts in the root of the package; paths are meant from where the user stands. */
const calledFrom = (process.env.npm_lifecycle_event === 'start' && process.env.INIT_CWD) || '.'
/** What the adapters name by their options, and is given here in other ways. */
const given: Readonly<Record<string, string>> = {
  apiKey: 'the environment variable NANO_API_KEY',
  model: '--model',
  server: '--server',
  format: '--format',
  contextLength: '--context',
}
const interrupted = 130
const wrongUsage = 2

/**
 * Runs the command. Returns the exit code: 0, 1 for a failure, 2 for wrong usage, 130 when it was
 * interrupted.
 */
export async function run(terminal: Terminal): Promise<number> {
  const { argv, stdout, stderr } = terminal
  const called = process.env.npm_lifecycle_event === 'start' ? 'npm start --' : 'nanolm'
  let code = 0
  // Whoever reads us may leave first, as `head` does.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      stderr.write(`nanolm: the answer cannot be written: ${error.message}\n`)
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })

  try {
    await command({
      called,
      chat: async (question, options) =>
        void (code = await chat(terminal, called, { question, ...options })),
    })
      .exitOverride()
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
      })
      .parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUsage
    if (!NanoError.is(error)) throw error
    stderr.write(
      `nanolm: ${error.message.replaceAll(/the option (\w+)|\bapiKey\b/g, (said: string, option = said) => given[option] ?? said)}\n`,
    )
    return 1
  }
}

async function chat(
  terminal: Terminal,
  called: string,
  { question: asked, ...options }: ChatOptions & { question: string | undefined },
): Promise<number> {
  const { stdin, stdout, stderr, interrupts } = terminal
  const atTerminal = stdin.isTTY === true && stdout.isTTY === true
  const question =
    asked === undefined && atTerminal ? undefined : await readQuestion(terminal, asked)
  if (question?.trim() === '') {
    const source = asked === undefined || asked === '-' ? 'standard input' : 'the question'
    stderr.write(`nanolm: ${source} is empty. Try ${called} "What is 12 + 30?"\n`)
    return wrongUsage
  }

  const out = screen(terminal, options.show ?? (stdout.isTTY ? 'all' : 'answer'))
  const loading = new AbortController()
  const stopLoading = () => loading.abort()
  interrupts.once('SIGINT', stopLoading)
  let model
  try {
    model = await openModel(options, {
      model:
        isEmbedded(options) || options.backend === 'http'
          ? options.model
          : resolve(calledFrom, options.model ?? ''),
      signal: loading.signal,
      onLoad: (loaded) => out.progress('loading', loaded),
    })
  } catch (error) {
    if (loading.signal.aborted) return interrupted
    throw error
  } finally {
    interrupts.off('SIGINT', stopLoading)
    out.progress('loading', 1)
  }

  try {
    if (isEmbedded(options))
      out.note(
        `The embedded model adds, subtracts, multiplies, compares and sorts small numbers, and little else. For a real one: ${called} --model path/to/model.gguf`,
      )
    if (question === undefined) return await converse({ terminal, model, out, options })
    const reply = await ask({
      model,
      out,
      options,
      messages: [{ role: 'user', content: question }],
      interrupts,
    })
    return reply ? 0 : interrupted
  } finally {
    await model.close()
  }
}
