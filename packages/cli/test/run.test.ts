import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { devNull } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { play } from './terminal.ts'

const dim = (text: string) => `\u001b[2m${text}\u001b[22m`
const enter = '\r'
const interrupt = '\u0003'
const figures = new RegExp(
  String.raw`nano-tiny Q8_0 · cpu · \d+ in \(\d+ cached\) · \d+ reasoning · \d+ answer · ` +
    String.raw`first part \d+ ms · first answer \d+ ms · [\d,]+ tokens/s`,
)

// The environment of the test runner must not decide whether the output has color.
beforeEach(() => {
  for (const name of ['FORCE_COLOR', 'NO_COLOR', 'CI']) vi.stubEnv(name, undefined)
  vi.stubEnv('TERM', 'xterm-256color')
})
afterEach(() => vi.unstubAllEnvs())

describe('a question', () => {
  it('at a terminal shows the dim thought, the answer, the figures and a note', async () => {
    const { stdout, code } = await play({ argv: ['What is 4812 + 977?'], terminal: true })
    expect(code).toBe(0)
    expect(stdout).toContain('The embedded model adds, subtracts')
    expect(stdout).toContain('--model path/to/model.gguf')
    expect(stdout).toContain(dim('9'))
    expect(stdout).toMatch(/\n\n5789\n/)
    expect(stdout).toMatch(figures)
  })
  it('through a pipe prints the answer and nothing else', async () => {
    expect(await play({ argv: ['What is 4812 + 977?'] })).toEqual({
      stdout: '5789\n',
      stderr: '',
      code: 0,
    })
  })
  it('can come through a pipe itself', async () => {
    expect((await play({ input: 'What is 12 + 30?\n' })).stdout).toBe('42\n')
    expect((await play({ argv: ['-'], input: 'What is 12 + 30?\n' })).stdout).toBe('42\n')
  })
  it('is a sample where standard input stays silent, or is the null device', async () => {
    const nullDevice = createReadStream(devNull)
    await once(nullDevice, 'open')
    for (const options of [{ input: null }, { stdin: nullDevice }])
      expect(await play(options)).toMatchObject({
        stdout: '1161\n',
        stderr: expect.stringContaining('27 * 43'),
      })
  })
  it('through a pipe with --show all prints the figures without color', async () => {
    const { stdout } = await play({
      argv: ['What is 2 + 3?', '--reasoning', 'off', '--show', 'all'],
    })
    expect(stdout).toMatch(/· 0 reasoning ·/)
    expect(stdout).not.toContain('\u001b')
  })
  it('is answered without color where NO_COLOR is set', async () => {
    vi.stubEnv('NO_COLOR', '1')
    const { stdout } = await play({ argv: ['What is 2 + 3?'], terminal: true })
    expect(stdout).toMatch(figures)
    expect(stdout).not.toContain('\u001b')
  })
  it('follows the options', async () => {
    const { stdout } = await play({
      argv: [
        'What is 4812 + 977?',
        '--max-tokens',
        '12',
        '--show',
        'all',
        '--seed',
        '7',
        '--temperature',
        '1',
        '--context',
        '256',
        '--system',
        'Be brief.',
        '--device',
        'cpu',
      ],
    })
    expect(stdout).toContain('12 reasoning · 0 answer')
    expect(stdout).toContain('The limit cut the thought short')
  })
  it('has the same answer from ONNX, and the figures name the file', async () => {
    const { stdout, stderr, code } = await play({
      argv: [
        'What is 4812 + 977?',
        '--backend',
        'onnx',
        '--show',
        'all',
        '--device',
        'cpu',
        '--context',
        '256',
      ],
    })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(/\n\n5789\n/)
    expect(stdout).toContain('nano-tiny fp32 · cpu')
  })
  it('stops at Ctrl-C with exit code 130', async () => {
    const { stdout, code } = await play({
      argv: ['Sort ascending: 507, 12, 48, 900, 77, 3.'],
      terminal: true,
      script: [['0', 'SIGINT']],
    })
    expect(code).toBe(130)
    expect(stdout).toContain('stopped')
    expect(stdout).not.toMatch(figures)
  })
})

describe('a conversation', () => {
  it('continues from the cache until the user presses Ctrl-C twice', async () => {
    const { stdout, code } = await play({
      terminal: true,
      script: [
        ['› ', { type: `What is 12 + 30?${enter}` }],
        ['tokens/s', { type: `/think off${enter}` }],
        ['Reasoning is off.', { type: `What is 7 + 8?${enter}` }],
        ['tokens/s', { type: `/new${enter}` }],
        ['A new conversation.', { type: `/what${enter}` }],
        ['/bye leaves', { type: interrupt }],
        ['Ctrl-C again leaves.', { type: interrupt }],
      ],
    })
    expect(code).toBe(0)
    expect(stdout).toMatch(/\n\n42\n/)
    expect(stdout).toMatch(figures)
  })
  it('continues after Ctrl-C stops a reply', async () => {
    const { stdout } = await play({
      terminal: true,
      script: [
        ['› ', { type: `Sort ascending: 507, 12, 48, 900, 77, 3.${enter}` }],
        [dim('0'), { type: interrupt }],
        ['stopped', { type: `What is 12 + 30?${enter}` }],
        ['tokens/s', { type: `/bye${enter}` }],
      ],
    })
    expect(stdout).toMatch(/\n\n42\n/)
  })
})

describe('wrong usage', () => {
  it.each<[what: string, argv: string[], message: RegExp]>([
    [
      'an unknown value of --reasoning',
      ['hi', '--reasoning', 'maybe'],
      /Allowed choices are on, off/,
    ],
    ['a word in place of a number', ['hi', '--max-tokens', 'many'], /whole number, 1 or more/],
    ['a negative temperature', ['hi', '--temperature', '-1'], /temperature/],
    ['a temperature above 2', ['hi', '-t', '2.01'], /It must be a number from 0 to 2\./],
    ['a temperature of nothing', ['hi', '-t', ' '], /It must be a number from 0 to 2\./],
    ['a seed of 33 bits', ['hi', '--seed', '4294967296'], /whole number from 0 to 4294967295/],
    ['a seed with a fraction', ['hi', '--seed', '1.5'], /whole number from 0 to 4294967295/],
    ['a budget of nothing', ['hi', '--budget', '0'], /whole number, 1 or more/],
    ['a limit beyond whole numbers', ['hi', '-n', '1e300'], /whole number, 1 or more/],
    [
      'an unknown format',
      ['hi', '--format', 'latin'],
      /Allowed choices are nemotron, llama-3, chatml/,
    ],
    ['an option that does not exist', ['hi', '--loud'], /unknown option '--loud'/],
    ['an empty question', [' '], /the question is empty/],
    [
      'an unknown backend',
      ['hi', '--backend', 'abacus'],
      /Allowed choices are llama-cpp, onnx, http/,
    ],
    [
      'a device that only the other backend supports',
      ['hi', '--backend', 'onnx', '--device', 'metal'],
      /onnx does not support --device metal. Allowed choices are auto, cpu, cuda, webgpu/,
    ],
    ['two questions', ['hi', 'there'], /too many arguments/],
  ])('%s is code 2 with advice', async (_what, argv, message) => {
    const { stderr, stdout, code } = await play({ argv })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
  })
  it.each([
    { what: 'that ends at once', input: '', argv: [] },
    { what: 'of blank lines', input: ' \n\n', argv: [] },
    { what: 'that ends at once, with -,', input: '', argv: ['-'] },
  ])('of standard input $what is code 2 with advice', async ({ input, argv }) => {
    expect(await play({ input, argv })).toEqual({
      stdout: '',
      stderr: 'nanolm: standard input is empty. Try nanolm "What is 12 + 30?"\n',
      code: 2,
    })
  })
  it('of a file that is not there is code 1 with advice', async () => {
    expect(await play({ argv: ['hi', '--model', 'nowhere.gguf'] })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^nanolm: .*nowhere\.gguf.*'tiny'/),
    })
  })
  it('of a format that does not fit the vocabulary is code 1 with advice', async () => {
    expect(await play({ argv: ['hi', '--format', 'chatml'] })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('<|im_start|>'),
    })
  })
  it('prints its options and examples with --help', async () => {
    const { stdout, code } = await play({ argv: ['--help'] })
    expect(code).toBe(0)
    for (const text of [
      '--reasoning',
      'Examples:',
      'Ctrl-C',
      'standard input',
      '--url http://localhost:8080',
      'NANO_API_KEY',
    ])
      expect(stdout).toContain(text)
  })
})
