import { execFile } from 'node:child_process'
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gguf } from '@nano/tiny'
import { beforeAll, describe, expect, it } from 'vitest'
import { scaleCount } from '../../../../test/shared/long-run.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { smallLora, smallModel, writeModel } from './small-models.ts'

const folder = temporaryFolder()
const run = promisify(execFile)
let base: string
let adapter: string
beforeAll(async () => {
  base = await writeModel(folder, 'base.gguf', smallModel())
  adapter = await writeModel(folder, 'adapter.gguf', smallLora(1))
})

/**
 * The same each time, behind the magic: two of three among the `dense` bytes at either end, which
 * are keys and numbers.
 */
function positions(
  count: number,
  header: number,
  dense: number,
): (readonly [at: number, mask: number])[] {
  let seed = 7
  const drawBelow = (limit: number) =>
    Math.floor(((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * limit)
  return Array.from({ length: count }, (_, index) => [
    4 + [drawBelow(dense), header - 5 - drawBelow(dense), drawBelow(header - 4)][index % 3]!,
    1 << drawBelow(8),
  ])
}

async function flipBytes(
  wholeFile: string,
  flips: readonly (readonly [number, number])[],
  model: readonly string[] = [],
) {
  const child = new URL('flip-bytes.ts', import.meta.url).pathname
  return run(process.execPath, [
    '--conditions=@nano/source',
    '--no-warnings',
    child,
    wholeFile,
    join(folder, 'flipped.gguf'),
    JSON.stringify(flips),
    ...model,
  ])
}

describe('one wrong byte in the header', () => {
  it('of a model is refused with a code or changes nothing, and prints nothing', async () => {
    // The first crashed: head_count_kv, feed_forward_length's key, the length of a token, two
    // tokens alike, the epsilon, and the type of the last norm.
    const flipsThatCrashed = [
      [459, 64],
      [399, 255],
      [354, 64],
      [847, 21],
      [965, 21],
      [599, 255],
      [18_362, 1],
      [18_312, 255],
      [7, 64],
      [18_243, 255],
      [20_185, 255],
      [18_304, 1],
      [20_181, 1],
      [20_181, 2],
    ] as const
    const flips = [...flipsThatCrashed, ...positions(scaleCount(40), 20_224, 1_100)]
    const { stdout, stderr } = await flipBytes(gguf.Q8_0, flips)
    expect(stderr).toBe('')
    const lines = stdout.trimEnd().split('\n')
    // A control token that is no longer one is missed when a prompt first needs it.
    expect(
      lines.filter(
        (line) =>
          !/: (works|bad-model|unsupported|out-of-memory|opened, then bad-model)$/.test(line),
      ),
    ).toEqual([])
    expect(lines).toHaveLength(flips.length)
    expect(new Set(lines.map((line) => line.split(': ')[1]))).toContain('works')
  })

  it('of a LoRA adapter leaves one that works, or fails the opening or its first use', async () => {
    const flips = positions(scaleCount(40), 900, 890)
    const { stdout, stderr } = await flipBytes(adapter, flips, [base])
    expect(stderr).toBe('')
    const lines = stdout.trimEnd().split('\n')
    expect(
      lines.filter((line) => !/: (works|bad-model|opened, then bad-model)$/.test(line)),
    ).toEqual([])
    expect(lines).toHaveLength(flips.length)
  })

  it.each<[what: string, key: string, value: number, message: RegExp]>([
    [
      'more heads of keys than fit',
      'llama.attention.head_count_kv',
      3,
      /head_count_kv is 3, and there are 4 heads/,
    ],
    [
      'a head of another length',
      'llama.attention.key_length',
      48,
      /key_length.*makes 192.*has 128/,
    ],
    [
      'more rotated than a head is long',
      'llama.rope.dimension_count',
      34,
      /dimension_count is 34, and has to be even and at most the head length, 32/,
    ],
    ['another width', 'llama.embedding_length', 129, /embedding_length is 129.*128 wide/],
    ['fewer blocks than there are', 'llama.block_count', 2, /block_count is 2.*4 blocks/],
  ])('that says %s is named', async (_what, key, value, message) => {
    const bytes = readFileSync(gguf.Q8_0)
    bytes.writeUInt32LE(value, bytes.indexOf(key) + key.length + 4)
    const path = join(folder, 'said.gguf')
    writeFileSync(path, bytes)
    await expect(openLlamaCpp({ model: path })).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(message),
    })
  })
})

describe('a LoRA adapter that was cut', () => {
  it('fails the opening wherever the cut is', async () => {
    const { size } = statSync(adapter)
    const path = join(folder, 'cut.gguf')
    const cuts = [
      0,
      3,
      4,
      6,
      8,
      23,
      60,
      200,
      500,
      900,
      ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((share) => Math.floor(size * share)),
      size - 40,
    ]
    for (const length of cuts) {
      copyFileSync(adapter, path)
      truncateSync(path, length)
      await expect(
        openLlamaCpp({ model: base, loras: { cut: path } }),
        `${length} of ${size} bytes`,
      ).rejects.toMatchObject({ code: 'bad-model' })
    }
  })
})

const windows = process.platform === 'win32' ? ' [Windows has no named pipes in folders]' : ''
it.skipIf(windows !== '')(
  `what is no file is refused, and nobody waits for it${windows}`,
  { timeout: 5_000 },
  async () => {
    const pipe = join(folder, 'pipe.gguf')
    await run('mkfifo', [pipe])
    for (const path of [pipe, '/dev/null'])
      await expect(openLlamaCpp({ model: path })).rejects.toMatchObject({ code: 'bad-model' })
  },
)
