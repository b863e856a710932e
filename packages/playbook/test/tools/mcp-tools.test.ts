import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ExecutableTool, generateWithTools, mcpTools } from '../../src/index.ts'
import { call, modelThatCalls } from '../support/tool-calls.ts'

const client = new Client({ name: 'tests', version: '1.0.0' })
let tools: readonly ExecutableTool[]
beforeAll(async () => {
  const server = new URL('./mcp-server.ts', import.meta.url).pathname
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [server] }))
  tools = await mcpTools(client)
})
afterAll(() => client.close())

async function runCall(name: string, input: object) {
  const { model } = modelThatCalls([call('a', name, input)])
  return (await generateWithTools(model, { messages: 'Go', tools })).calls[0]
}

it('the tools of an MCP server are there by name, description and schema', async () => {
  expect(tools.map(({ name }) => name)).toEqual(['double', 'draw', 'fail'])
  expect(tools[0]).toMatchObject({
    description: 'Doubles a number',
    parameters: { type: 'object', properties: { value: { type: 'number' } } },
  })
  const prefixedTools = await mcpTools(client, { prefix: 'tests_' })
  expect(prefixedTools[0]?.name).toBe('tests_double')
})

it('an MCP server runs the calls of the model', async () => {
  expect(await runCall('double', { value: 21 })).toMatchObject({ output: { doubled: 42 } })
  expect(await runCall('draw', {})).toMatchObject({
    output: 'A dot:\n[image, which cannot be shown as text]',
  })
  expect(await runCall('fail', {})).toMatchObject({ error: 'out of paper' })
})
