export { instrument, type TelemetryOptions } from './instrument.ts'
