export { openHttp } from './open.ts'
export { type HttpOptions, optionsSchema } from './options.ts'
export { type ServerName, serverNames } from './server-names.ts'
