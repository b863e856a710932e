import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gguf } from '@nano/tiny'
import {
  itWithLlamaServer,
  missingReason,
  startServer,
  type RunningServer,
} from '../packages/http/test/native/llama-server.ts'

const run = promisify(execFile)

const matchInOrder = (...patterns: readonly RegExp[]) =>
  new RegExp(patterns.map(({ source }) => source).join('[^]*'))

/** What each example prints; an example without an entry fails. */
const expectedOutputs: Readonly<Record<string, RegExp>> = {
  'hello.ts': /^5789\n$/,
  'stream.ts':
    /^reasoning:\n934\*6\n[^]*\ntext:\n5604\n\nstop: \d+ of \d+ tokens were reasoning\n$/,
  'reasoning.ts': matchInOrder(
    /348 \* 27/,
    /reasoning on +9396 +right/,
    /reasoning off/,
    /95512 - 8765/,
    /reasoning on +86747 +right/,
    /890, 507, 48, 12 +right/,
  ),
  'conversation.ts': matchInOrder(
    /^What is 12 \+ 30\? {2}42 /,
    /What is 700 - 58\? {2}642 +\((?!0 )\d+ of \d+ /,
    /smaller, 42 or 642\? {2}42 /,
  ),
  'tools.ts': /^add_exactly\(71250, 90488\)\n161738\n$/,
  'eight.ts':
    /^Ada {3}What is 1234 \+ 777\? {2}2011\n[^]*Hal {3}What is 9011 \+ 6216\? {2}15227\n$/,
  'two-runtimes.ts': /^(identical .*\n)+Every one of 8 replies is identical, on 2 runtimes\.\n$/,
  'environments.ts':
    /^What is 348 \* 27\? {2}9396 {3}\(\d+ lines of thought\)\nWhat is 700 - 58\? {2}642 /,
  'structured.ts': /^\{"result": 70\} → 70\n$/,
  'redact.ts': /^Refund \[EMAIL\], card \[CARD\]\.\nredact\(scripted\)\n$/,
  'own-driver.ts': matchInOrder(
    /retry\(limit\[4\]\(echo\)\) \| HELLO THERE \| stop\n/,
    /NanoError: echo does not support reasoning/,
  ),
}

/** What each example prints without settings. */
const outputs = new Map<string, Promise<string>>()

function readOutput(example: string, env?: Readonly<Record<string, string>>): Promise<string> {
  if (env) return runExample(example, env)
  const output = outputs.get(example) ?? runExample(example, {})
  outputs.set(example, output)
  return output
}

async function runExample(example: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await run(process.execPath, [`examples/${example}`], {
    env: { ...process.env, NANO_ENV: '', NANO_URL: '', NO_COLOR: '1', ...env },
  })
  return stdout
}

for (const example of readdirSync('examples').filter((name) => name.endsWith('.ts'))) {
  it(`examples/${example} runs, on the built packages, and shows what it says`, async () => {
    expect(await readOutput(example)).toMatch(
      expectedOutputs[example] ?? /a pattern for this example in test\/examples.test.ts/,
    )
  })
}

describe('with a server', () => {
  let server: RunningServer
  beforeAll(async () => {
    if (!missingReason)
      server = await startServer({
        model: gguf.F16,
        extraArguments: ['-fa', 'off', '-ctk', 'f32', '-ctv', 'f32'],
      })
  })
  afterAll(() => server?.close())

  itWithLlamaServer('examples/environments.ts shows the same in each environment', async () => {
    const localOutput = await readOutput('environments.ts')
    expect(await readOutput('environments.ts', { NANO_ENV: 'gpu', NANO_MODEL: gguf.Q8_0 })).toBe(
      localOutput,
    )
    expect(
      await readOutput('environments.ts', { NANO_ENV: 'production', NANO_URL: server.url }),
    ).toMatch(expectedOutputs['environments.ts'] ?? /^$/)
  })
  itWithLlamaServer('examples/two-runtimes.ts has three', async () => {
    expect(await readOutput('two-runtimes.ts', { NANO_URL: server.url })).toMatch(
      /^(identical .*\n)+Every one of 8 replies is identical, on 3 runtimes\.\n$/,
    )
  })
})

it.each([
  ['is none', { NANO_ENV: 'moon' }, /NANO_ENV is moon, and can be development, gpu, production/],
  ['lacks what it needs', { NANO_ENV: 'production' }, /needs the environment variable NANO_URL/],
])('examples/environments.ts says so where the environment %s', async (_what, env, message) => {
  await expect(readOutput('environments.ts', env as Record<string, string>)).rejects.toThrow(
    message,
  )
})
