import { npmTool } from '../shared/npm-tool.ts'
import { testRuntime } from './runtime.ts'

const tool = await npmTool({ name: 'deno', version: '2.9.6', program: '@deno/*/deno' })

testRuntime('Deno', { ...tool, args: ['run', '--allow-all', '--node-modules-dir=manual'] })
