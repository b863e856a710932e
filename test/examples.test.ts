import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)

/** What each example must show; an example without an entry fails. */
const shows: Readonly<Record<string, RegExp>> = {
  'hello.ts': /^5789\n$/,
  'stream.ts': /^reasoning:\n934\*6\n[^]*\ntext:\n5604\n\nstop: \d+ of \d+ tokens were reasoning\n$/,
  'reasoning.ts': /348 \* 27[^]*reasoning on +9396 +right[^]*reasoning off[^]*95512 - 8765[^]*reasoning on +86747 +right[^]*890, 507, 48, 12 +right/,
  'conversation.ts': /^What is 12 \+ 30\? {2}42 [^]*What is 700 - 58\? {2}642 +\((?!0 )\d+ of \d+ [^]*smaller, 42 or 642\? {2}42 /,
  'tools.ts': /^add_exactly\(71250, 90488\)\n161738\n$/,
  'eight.ts': /^Ada {3}What is 1234 \+ 777\? {2}2011\n[^]*Hal {3}What is 9011 \+ 6216\? {2}15227\n$/,
  'two-runtimes.ts': /^(identical .*\n)+Every one of 8 replies is identical\.\n$/,
  'own-driver.ts': /retry\(limit\[4\]\(echo\)\) \| HELLO THERE \| stop\nNanoError: echo does not support reasoning/,
}

for (const example of readdirSync('examples').filter((name) => name.endsWith('.ts'))) {
  it(`examples/${example} runs, on the built packages, and shows what it says`, async () => {
    const { stdout } = await run(process.execPath, [`examples/${example}`], { env: { ...process.env, NO_COLOR: '1' } })
    expect(stdout).toMatch(shows[example] ?? /a pattern for this example in test\/examples.test.ts/)
  })
}
