import { fstatSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Terminal } from './terminal.ts'

/** Replaces the question when standard input has none, so that a first run shows a reply. */
const sampleQuestion = 'What is 27 * 43?'
/**
 * Milliseconds to wait for the first byte of standard input: some callers leave it open and never
 * write to it.
 */
const firstByteTimeout = 2_000

/**
 * Returns the argument, else what is piped in, else the sample question. An input that ends without
 * a question is returned as an empty string. `-` waits for standard input without a limit.
 */
export async function readQuestion(
  { stdin, stderr }: Terminal,
  argument: string | undefined,
): Promise<string> {
  if (argument !== undefined && argument !== '-') return argument
  if (argument === '-') return (await text(stdin)).trim()
  if (stdin.isTTY) return sampleQuestion
  if (!isNullDevice(stdin) && (await hasInput(stdin))) return (await text(stdin)).trim()

  stderr.write(`No question came on standard input, so here is one: ${sampleQuestion}\n`)
  return sampleQuestion
}

/** Services and CI start programs with the null device as standard input, which has no question. */
function isNullDevice(stdin: Terminal['stdin']): boolean {
  return 'fd' in stdin && typeof stdin.fd === 'number' && fstatSync(stdin.fd).isCharacterDevice()
}

/** Resolves to true when input arrives or ends: an input that ends at once counts as input. */
async function hasInput(stdin: Terminal['stdin']): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (result: boolean) => {
      clearTimeout(timer)
      for (const event of ['readable', 'end', 'error']) stdin.off(event, onInput)
      // An open pipe would keep the process alive.
      if (!result && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
      resolve(result)
    }
    const onInput = () => settle(true)
    const timer = setTimeout(() => settle(false), firstByteTimeout)
    for (const event of ['readable', 'end', 'error']) stdin.on(event, onInput)
  })
}
