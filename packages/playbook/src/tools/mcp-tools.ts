import type { ExecutableTool } from './executable-tool.ts'

/** What is used of a client of `@modelcontextprotocol/client`. */
export interface McpClient {
  listTools(): Promise<{ readonly tools: readonly McpTool[] }>
  callTool(
    call: { readonly name: string; readonly arguments: Record<string, unknown> },
    options: { readonly signal: AbortSignal; readonly timeout: number },
  ): Promise<McpResult>
}

/** A tool as an MCP server lists it. */
export interface McpTool {
  readonly name: string
  readonly description?: string | undefined
  readonly inputSchema: object
}

/** What an MCP server gives for a call. */
export interface McpResult {
  readonly content?: readonly { readonly type: string; readonly text?: unknown }[]
  readonly structuredContent?: unknown
  readonly isError?: boolean | undefined
}

/** Options of `mcpTools()`. */
export interface McpToolsOptions {
  /** Begins the name of each tool, so that two servers may have one of the same name. */
  readonly prefix?: string
}

/** Milliseconds: the loop has a limit of its own, so that of the client is the longest there is. */
const clientTimeout = 2 ** 31 - 1

/**
 * The tools of an MCP server, which a connected client lists. Results with a structure go to the
 * model as JSON, others as their text; what is neither, such as an image, is named in its place.
 */
export async function mcpTools(
  client: McpClient,
  { prefix = '' }: McpToolsOptions = {},
): Promise<readonly ExecutableTool[]> {
  const { tools } = await client.listTools()
  return tools.map(({ name, description, inputSchema }) => ({
    name: `${prefix}${name}`,
    ...(description !== undefined && { description }),
    parameters: inputSchema as Readonly<Record<string, unknown>>,
    async execute(input, { signal }) {
      const call = { name, arguments: input as Record<string, unknown> }
      const result = await client.callTool(call, { signal, timeout: clientTimeout })
      const text = (result.content ?? []).map(describeContent).join('\n')
      if (result.isError) throw new Error(text || 'The tool failed and did not say why.')
      return result.structuredContent ?? text
    },
  }))
}

function describeContent({ type, text }: NonNullable<McpResult['content']>[number]): string {
  return typeof text === 'string' ? text : `[${type}, which cannot be shown as text]`
}
