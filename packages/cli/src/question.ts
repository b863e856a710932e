import { text } from 'node:stream/consumers'
import type { Terminal } from './terminal.ts'

/** Asked when nobody asks anything, so that a first run shows something. */
const ownQuestion = 'What is 27 * 43?'
/**
 * Milliseconds for the first byte of standard input: some callers leave it open and never write to
 * it.
 */
const patience = 2_000

/**
 * The question: the argument, else what is piped in, else one of its own. `-` waits for standard
 * input as long as it takes.
 */
export async function readQuestion(
  { stdin, stderr }: Terminal,
  asked: string | undefined,
): Promise<string> {
  if (asked !== undefined && asked !== '-') return asked
  if (stdin.isTTY && asked === undefined) return ownQuestion

  const piped = asked === '-' || (await hasInput(stdin)) ? (await text(stdin)).trim() : ''
  if (piped === '')
    stderr.write(`No question came on standard input, so here is one: ${ownQuestion}\n`)
  return piped || ownQuestion
}

async function hasInput(stdin: Terminal['stdin']): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (has: boolean) => {
      clearTimeout(timer)
      for (const event of ['readable', 'end', 'error']) stdin.off(event, ready)
      // An open pipe would keep the process alive.
      if (!has && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
      resolve(has)
    }
    const ready = () => settle(true)
    const timer = setTimeout(() => settle(false), patience)
    for (const event of ['readable', 'end', 'error']) stdin.on(event, ready)
  })
}
