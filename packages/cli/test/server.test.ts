import { gguf } from '@nano/tiny'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { chunk, fakeServer, json, sse, usageChunk } from '../../http/test/fake-server.ts'
import {
  describedServer,
  replayFixture,
  serverDescriptions,
} from '../../http/test/fixture-server.ts'
import { itWithLlamaServer, startServer } from '../../http/test/native/llama-server.ts'
import { play } from './terminal.ts'

const openServers: { close(): Promise<void> }[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const server of openServers.splice(0)) await server.close()
})

async function closeAfterTest<Server extends { close(): Promise<void> }>(
  startedServer: Promise<Server>,
): Promise<Server> {
  const server = await startedServer
  openServers.push(server)
  return server
}

const key = 'k-0123456789'

describe('a question to a real llama-server', () => {
  itWithLlamaServer('has the same thought, answer and figures as in process', async () => {
    const { url } = await closeAfterTest(startServer({ model: gguf.Q8_0 }))
    const questionArguments = ['What is 4812 + 977?', '--show', 'all', '--temperature', '0']
    const { stdout, stderr, code } = await play({
      argv: [...questionArguments, '--backend', 'http', '--url', url],
    })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(
      /tiny-Q8_0 Q8_0 · llama-server at [\d.:]+ · 31 in \(0 cached\) · 60 reasoning · 5 answer/,
    )
    const [reply = ''] = stdout.split('\n\ntiny-Q8_0')
    expect((await play({ argv: questionArguments })).stdout).toContain(reply)
  })
  itWithLlamaServer('goes to one of several servers', async () => {
    const [firstServer, secondServer] = [
      await closeAfterTest(startServer({ model: gguf.Q8_0 })),
      await closeAfterTest(startServer({ model: gguf.Q8_0 })),
    ]
    const { stdout } = await play({
      argv: [
        'What is 2 + 3?',
        '--url',
        firstServer.url,
        '--url',
        `${secondServer.url}/v1`,
        '--temperature',
        '0',
        '--show',
        'all',
      ],
    })
    expect(stdout).toContain(`${new URL(firstServer.url).host}, ${new URL(secondServer.url).host}`)
  })
  itWithLlamaServer('stops at Ctrl-C, and the server stops too', async () => {
    const server = await closeAfterTest(startServer({ model: gguf.Q8_0 }))
    const { code } = await play({
      argv: ['Sort ascending: 507, 12, 48, 900, 77, 3.', '--url', server.url, '--temperature', '0'],
      terminal: true,
      script: [['0', 'SIGINT']],
    })
    expect(code).toBe(130)
    await expect.poll(() => server.counter('requests_processing'), { timeout: 5_000 }).toBe(0)
  })
})

describe('a server', () => {
  it('gets the request in the given format, and no path of this machine', async () => {
    const server = await closeAfterTest(describedServer('vllm', replayFixture('vllm')))
    expect(
      await play({ argv: ['What is 2 + 3?', '--url', server.url, '--format', 'nemotron'] }),
    ).toEqual({ stdout: 'It is 5 🙂\n', stderr: '', code: 0 })
    expect(server.requests.at(-1)?.body).toMatchObject({
      model: 'm',
      temperature: 0.6,
      messages: [
        { role: 'system', content: 'detailed thinking on' },
        { role: 'user', content: 'What is 2 + 3?' },
      ],
    })
  })
  it('takes its kind and its model from options', async () => {
    const server = await closeAfterTest(describedServer('vllm', replayFixture('vllm')))
    const { stdout } = await play({
      argv: [
        'hi',
        '--url',
        server.url,
        '--server',
        'openai-compatible',
        '--model',
        'another',
        '--show',
        'all',
      ],
    })
    expect(stdout).toContain('another · openai-compatible at')
    expect(server.requests.at(-1)?.body).toMatchObject({ model: 'another' })
  })
  it.each([
    { verb: 'always', value: 'off', format: ['--format', 'deepseek-r1-distill'], warning: '' },
    {
      verb: 'never',
      value: 'on',
      format: ['--format', 'chatml'],
      warning:
        'nanolm: http(m): the server reasons although reasoning is off, and the thought is left ' +
        "out. Name the model's family with --format, or start the server without reasoning\n",
    },
  ])(
    'whose model $verb reasons says that --reasoning $value has no effect',
    async ({ verb, value, format, warning }) => {
      const server = await closeAfterTest(describedServer('vllm', replayFixture('vllm')))
      const { stderr, code } = await play({
        argv: ['hi', '--url', server.url, '--reasoning', value, ...format],
      })
      expect(code).toBe(0)
      expect(stderr).toBe(
        `nanolm: m ${verb} reasons: --reasoning ${value} has no effect\n${warning}`,
      )
    },
  )
  it('that sends no thought, and may not reason, is reported after the answer', async () => {
    const answer = sse(chunk({ content: 'yes' }), chunk({}, 'stop'), usageChunk)
    const server = await closeAfterTest(describedServer('vllm', answer))
    expect(await play({ argv: ['hi', '--url', server.url] })).toEqual({
      stdout: 'yes\n',
      stderr:
        'nanolm: http(m): reasoning is on, and the reply has no thought. It is not known how ' +
        'this model is asked to reason. Name its family with --format, or turn reasoning off\n',
      code: 0,
    })
  })
  it('gets the key from the environment', async () => {
    vi.stubEnv('NANO_API_KEY', key)
    const server = await closeAfterTest(describedServer('vllm', replayFixture('vllm')))
    await play({ argv: ['hi', '--url', server.url] })
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${key}`]),
    )
  })
  it('that refuses the key is code 1 with advice, without the key', async () => {
    vi.stubEnv('NANO_API_KEY', key)
    const refusal = json(
      { error: { message: `Invalid key ${key}`, type: 'authentication_error' } },
      401,
    )
    const server = await closeAfterTest(
      fakeServer({ ...serverDescriptions['vllm'], '/v1/models': refusal }),
    )
    const { stderr, code } = await play({ argv: ['hi', '--url', server.url] })
    expect(code).toBe(1)
    expect(stderr).toMatch(/answered 401.*Set the key with the environment variable NANO_API_KEY/)
    expect(stderr).not.toContain(key)
  })
  it('that does not run is code 1 with advice', async () => {
    const { url, close } = await fakeServer({})
    await close()
    expect(await play({ argv: ['hi', '--backend', 'http', '--url', url] })).toMatchObject({
      stdout: '',
      code: 1,
      stderr: expect.stringMatching(
        /^nanolm: http: cannot reach 127.*ECONNREFUSED.*Check that the server runs/,
      ) as string,
    })
  })
  it('with several models is code 1 with their names and --model', async () => {
    const server = await closeAfterTest(
      fakeServer({ '/v1/models': json({ data: [{ id: 'a' }, { id: 'b' }] }) }),
    )
    expect(await play({ argv: ['hi', '--url', server.url] })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/2 models: a, b\. Name one with --model/) as string,
    })
  })
})

describe('a conflict of options is code 2 with advice:', () => {
  it.each<[what: string, argv: string[], message: RegExp]>([
    [
      'the backend http without an address',
      ['--backend', 'http'],
      /needs the address of a server, such as --url http:\/\/localhost:8080/,
    ],
    [
      'an address without http',
      ['--url', 'localhost:8080'],
      /must be an address such as http:\/\/localhost:8080/,
    ],
    [
      'an address and a backend that runs here',
      ['--url', 'http://localhost:8080', '--backend', 'onnx'],
      /onnx runs the model on this machine/,
    ],
    ['a kind of server without an address', ['--server', 'vllm'], /add the address, such as --url/],
    [
      'an unknown kind of server',
      ['--url', 'http://localhost:8080', '--server', 'abacus'],
      /Allowed choices are auto, llama-server, vllm/,
    ],
    [
      'a server and a device of this machine',
      ['--url', 'http://localhost:8080', '--device', 'cuda'],
      /a server chooses its own device/,
    ],
    ['a key as an option', ['--api-key', key], /unknown option '--api-key'/],
  ])('%s', async (_what, argv, message) => {
    const { stderr, stdout, code } = await play({ argv: ['hi', ...argv] })
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
    expect(stderr).toMatch(message)
  })
})
