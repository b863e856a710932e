import { createInterface } from 'node:readline'
import { type Message, type Model, NanoError } from '@nano/core'
import { ask, describeIgnoredReasoning } from './ask.ts'
import type { ChatOptions } from './command.ts'
import type { Terminal } from './terminal.ts'
import type { Screen } from './screen.ts'

interface ConverseOptions {
  readonly terminal: Terminal
  readonly model: Model
  readonly out: Screen
  readonly options: ChatOptions
}

const help =
  'Type a question. /think on or /think off switches reasoning, ' +
  '/new begins a new conversation, /bye leaves.'

/**
 * Runs a conversation at a terminal and returns the exit code. Ctrl-C stops a reply. Pressing it
 * twice at the prompt leaves.
 */
export async function converse({
  terminal: { stdin, stdout },
  model,
  out,
  options: initialOptions,
}: ConverseOptions): Promise<number> {
  const lines = createInterface({ input: stdin, output: stdout, terminal: true, prompt: '› ' })
  let options = initialOptions
  let messages: readonly Message[] = []
  let isAnswering = false
  /** Set by Ctrl-C; reset by the next line and at the end of a reply. */
  let wasInterrupted = false
  let isClosed = false
  lines.once('close', () => (isClosed = true))

  lines.on('SIGINT', () => {
    if (wasInterrupted) return lines.close()
    wasInterrupted = true
    // `ask` stops the reply at this signal. A second Ctrl-C leaves as soon as the reply has ended.
    if (isAnswering) return
    stdout.write('\n')
    out.note('Ctrl-C again leaves.')
    lines.prompt()
  })

  async function sendMessage(content: string): Promise<void> {
    const userMessage: Message = { role: 'user', content }
    isAnswering = true
    try {
      const result = await ask({
        model,
        out,
        options,
        messages: [...messages, userMessage],
        interrupts: lines,
      })
      // The history leaves out a stopped reply and its question.
      if (result) messages = [...messages, userMessage, result.message]
    } catch (error) {
      if (!NanoError.is(error)) throw error
      stdout.write(`${error.message}\n`)
      if (error.code === 'context-overflow') out.note('/new begins a new conversation.')
    } finally {
      isAnswering = false
      wasInterrupted = false
    }
  }

  function runSlashCommand(line: string): void {
    const [name, argument] = line.split(/\s+/)
    if (name === '/think' && (argument === 'on' || argument === 'off')) {
      options = { ...options, reasoning: argument }
      const warning = describeIgnoredReasoning(model, argument, '/think')
      out.note(warning === undefined ? `Reasoning is ${argument}.` : `${warning}.`)
    } else if (name === '/new') {
      messages = []
      out.note('A new conversation.')
    } else if (name === '/bye') lines.close()
    else out.note(help)
  }

  out.note(help)
  lines.prompt()
  for await (const input of lines) {
    wasInterrupted = false
    const line = input.trim()
    if (line.startsWith('/')) runSlashCommand(line)
    else if (line) await sendMessage(line)
    if (isClosed) break
    lines.prompt()
  }
  return 0
}
