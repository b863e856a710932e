import { resolve } from 'node:path'
import { NanoError } from '@nano/core'
import { CommanderError } from 'commander'
import { ask, describeIgnoredReasoning } from './ask.ts'
import { type ChatOptions, command, isEmbedded } from './command.ts'
import { converse } from './converse.ts'
import { openModel } from './open.ts'
import { readQuestion } from './question.ts'
import { screen } from './screen.ts'
import type { Terminal } from './terminal.ts'

/** Base of relative paths. npm runs scripts in the root of the package, not where the user is. */
const userDirectory = (process.env.npm_lifecycle_event === 'start' && process.env.INIT_CWD) || '.'
/** What sets each option of the adapters here. Error messages use these names. */
const optionNames: Readonly<Record<string, string>> = {
  apiKey: 'the environment variable NANO_API_KEY',
  model: '--model',
  server: '--server',
  format: '--format',
  contextLength: '--context',
}
const interruptedExitCode = 130
const usageExitCode = 2

/**
 * Runs the command. Returns the exit code: 0, 1 for a failure, 2 for wrong usage, 130 for an
 * interrupt.
 */
export async function run(terminal: Terminal): Promise<number> {
  const { argv, stdout, stderr } = terminal
  const invocation = process.env.npm_lifecycle_event === 'start' ? 'npm start --' : 'nanolm'
  let exitCode = 0
  // The reader of the output may exit first, as `head` does.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') stderr.write(`nanolm: cannot write the answer: ${error.message}\n`)
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })

  try {
    await command({
      invocation,
      chat: async (question, options) =>
        void (exitCode = await chat(terminal, invocation, { question, ...options })),
    })
      .exitOverride()
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
      })
      .parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode
    if (!NanoError.is(error)) throw error
    stderr.write(`nanolm: ${renameOptions(error.message)}\n`)
    return 1
  }
}

/** Replaces the options that a message of an adapter names with the options of the command. */
function renameOptions(message: string): string {
  return message.replaceAll(
    /the option (\w+)|\bapiKey\b/g,
    (match: string, option = match) => optionNames[option] ?? match,
  )
}

async function chat(
  terminal: Terminal,
  invocation: string,
  { question: argument, ...options }: ChatOptions & { question: string | undefined },
): Promise<number> {
  const { stdin, stdout, stderr, interrupts } = terminal
  const isAtTerminal = stdin.isTTY === true && stdout.isTTY === true
  const question =
    argument === undefined && isAtTerminal ? undefined : await readQuestion(terminal, argument)
  if (question?.trim() === '') {
    const source = argument === undefined || argument === '-' ? 'standard input' : 'the question'
    stderr.write(`nanolm: ${source} is empty. Try ${invocation} "What is 12 + 30?"\n`)
    return usageExitCode
  }

  const out = screen(terminal, options.show ?? (stdout.isTTY ? 'all' : 'answer'))
  const loadAbort = new AbortController()
  const stopLoading = () => loadAbort.abort()
  interrupts.once('SIGINT', stopLoading)
  let model
  try {
    model = await openModel(options, {
      model:
        isEmbedded(options) || options.backend === 'http'
          ? options.model
          : resolve(userDirectory, options.model ?? ''),
      signal: loadAbort.signal,
      onLoad: (share) => out.progress('loading', share),
      onWarning: (message) => out.warn(renameOptions(message)),
    })
  } catch (error) {
    if (loadAbort.signal.aborted) return interruptedExitCode
    throw error
  } finally {
    interrupts.off('SIGINT', stopLoading)
    out.progress('loading', 1)
  }

  try {
    if (isEmbedded(options))
      out.note(
        'The embedded model adds, subtracts, multiplies, compares and sorts small numbers, ' +
          `and little else. To use another model: ${invocation} --model path/to/model.gguf`,
      )
    const warning = describeIgnoredReasoning(model, options.reasoning, '--reasoning')
    if (warning !== undefined) stderr.write(`nanolm: ${warning}\n`)
    if (question === undefined) return await converse({ terminal, model, out, options })
    const reply = await ask({
      model,
      out,
      options,
      messages: [{ role: 'user', content: question }],
      interrupts,
    })
    return reply ? 0 : interruptedExitCode
  } finally {
    await model.close()
  }
}
