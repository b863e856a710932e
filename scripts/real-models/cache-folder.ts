import { join } from 'node:path'
import { cacheFolder } from '@nano/chat/node'

/** The folder of real models and of the Python environments that make them. */
export function realFolder(environment = process.env): string {
  return join(cacheFolder(environment), 'real')
}
