import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import * as z from 'zod'

serveStdio(() => {
  const server = new McpServer({ name: 'tests', version: '1.0.0' }, { capabilities: { tools: {} } })
  server.registerTool(
    'double',
    {
      description: 'Doubles a number',
      inputSchema: z.object({ value: z.number() }),
      outputSchema: z.object({ doubled: z.number() }),
    },
    async ({ value }) => ({
      content: [{ type: 'text', text: `${2 * value}` }],
      structuredContent: { doubled: 2 * value },
    }),
  )
  server.registerTool(
    'draw',
    { description: 'Draws a dot', inputSchema: z.object({}) },
    async () => ({
      content: [
        { type: 'text', text: 'A dot:' },
        { type: 'image', data: 'AAAA', mimeType: 'image/png' },
      ],
    }),
  )
  server.registerTool('fail', { description: 'Fails', inputSchema: z.object({}) }, async () => ({
    isError: true,
    content: [{ type: 'text', text: 'out of paper' }],
  }))
  return server
})
