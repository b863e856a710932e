import { createInterface } from 'node:readline'
import { type Message, type Model, NanoError } from '@nano/core'
import { ask } from './ask.ts'
import type { ChatOptions } from './command.ts'
import type { Terminal } from './terminal.ts'
import type { Screen } from './screen.ts'

interface Conversing {
  readonly terminal: Terminal
  readonly model: Model
  readonly out: Screen
  readonly options: ChatOptions
}

const help =
  'Type a question. /think on or /think off switches reasoning, /new begins a new conversation, /bye leaves.'

/**
 * A conversation at a terminal. Ctrl-C stops a reply; at the prompt, twice leaves. Returns the exit
 * code.
 */
export async function converse({
  terminal: { stdin, stdout },
  model,
  out,
  options: given,
}: Conversing): Promise<number> {
  const lines = createInterface({ input: stdin, output: stdout, terminal: true, prompt: '› ' })
  let options = given
  let messages: readonly Message[] = []
  let answering = false
  let leaving = false
  let left = false
  lines.once('close', () => (left = true))

  lines.on('SIGINT', () => {
    if (leaving) return lines.close()
    leaving = true
    // The reply stops itself; a second Ctrl-C leaves as soon as it has.
    if (answering) return
    stdout.write('\n')
    out.note('Ctrl-C again leaves.')
    lines.prompt()
  })

  async function say(content: string): Promise<void> {
    const asked: Message = { role: 'user', content }
    answering = true
    try {
      const result = await ask({
        model,
        out,
        options,
        messages: [...messages, asked],
        interrupts: lines,
      })
      // A reply that was stopped is no part of the history, nor is its question.
      if (result) messages = [...messages, asked, result.message]
    } catch (error) {
      if (!NanoError.is(error)) throw error
      stdout.write(`${error.message}\n`)
      if (error.code === 'context-overflow') out.note('/new begins a new conversation.')
    } finally {
      answering = false
      leaving = false
    }
  }

  function obey(line: string): void {
    const [word, argument] = line.split(/\s+/)
    if (word === '/think' && (argument === 'on' || argument === 'off')) {
      options = { ...options, reasoning: argument }
      out.note(`Reasoning is ${argument}.`)
    } else if (word === '/new') {
      messages = []
      out.note('A new conversation.')
    } else if (word === '/bye') lines.close()
    else out.note(help)
  }

  out.note(help)
  lines.prompt()
  for await (const entered of lines) {
    leaving = false
    const line = entered.trim()
    if (line.startsWith('/')) obey(line)
    else if (line) await say(line)
    if (left) break
    lines.prompt()
  }
  return 0
}
