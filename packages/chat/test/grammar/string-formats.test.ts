import { expect, it } from 'vitest'
import { stringFormats } from '../../src/grammar/string-formats.ts'
import { chances } from '../support/chances.ts'
import { languageOf } from '../support/gbnf.ts'

const languageIn = (format: string) =>
  languageOf(() => `"\\"" ${stringFormats.get(format) ?? 'none'} "\\""`)

it.each<[format: string, valid: readonly string[], invalid: readonly string[]]>([
  [
    'time',
    ['23:59:59Z', '00:00:00.123456789+02:00', '23:59:60Z', '12:00:00z', '08:30:06-08:00'],
    ['24:00:00Z', '12:60:00Z', '12:00Z', '12:00:00'],
  ],
  [
    'date-time',
    ['2024-12-31T00:00:00Z', '2024-12-31T10:15:30.5+02:00', '1990-12-31t15:59:60-08:00'],
    ['2024-02-28', '2024-02-28 00:00:00Z', '2023-02-29T00:00:00Z', '2024-12-31T00:00:00'],
  ],
  ['duration', ['P1Y2M3DT4H5M6S', 'P4W', 'PT36H', 'P1Y', 'P1DT12H'], ['P', 'PT', '1D', 'P1YT']],
  [
    'uuid',
    [
      '123e4567-e89b-42d3-a456-426614174000',
      '123E4567-E89B-12D3-0456-426614174000',
      '00000000-0000-0000-0000-000000000000',
      '018f3f5e-7b6a-7c3d-9e2f-1a2b3c4d5e6f',
    ],
    ['123e4567', '123e4567-e89b-42d3-a456-42661417400g'],
  ],
  [
    'email',
    [
      'a@localhost',
      'Bob.Smith@Example.COM',
      "o'neil+tag/x=y@mail.example.co.uk",
      '"joe bloggs"@example.org',
      '"a\\"b"@example.org',
      'joe@[127.0.0.1]',
      'joe@[IPv6:::1]',
      `${'a'.repeat(64)}@example.org`,
    ],
    ['a', '@c.org', 'a b@c.org', '.a@b.org', 'a.@b.org', 'a..b@c.org', 'a@-b.org', 'a@'],
  ],
  ['idn-email', ['실례@실례.테스트', 'a@b.org'], ['a', '@b']],
  ['hostname', ['localhost', 'www.Example.com', '1a.b-c.d'], ['-a', 'a-', 'a_b', 'a..b', '']],
  ['idn-hostname', ['실례.테스트', 'a.org'], ['a b', '']],
  ['ipv4', ['0.0.0.0', '255.255.255.255'], ['256.0.0.0', '1.2.3', '01.2.3.4']],
  [
    'ipv6',
    ['::', '::1', '1::', '2001:db8::ff00:42:8329', '1:2:3:4:5:6:7:8', '::ffff:192.168.0.1'],
    ['1:2:3:4:5:6:7', ':::', '1::2::3', '12345::', '::g', '1:2:3:4:5:6:7:8:9'],
  ],
  ['uri', ['https://a.org:80/b?c=d#e', 'mailto:a@b.org', 'urn:isbn:1'], ['a', '/b', 'a b:c']],
  ['uri-reference', ['', '/a/b', '#x', '../c?d'], ['a b', '\\']],
  ['iri', ['http://ƒøø.ßår/?∂éœ'], ['/ƒ']],
  ['iri-reference', ['/âππ', ''], ['a b']],
  ['uri-template', ['http://a.org/{term:1}/{term}', 'x'], ['a b']],
  ['json-pointer', ['', '/a/0', '/a~1b/~0', '/ü "x"\\'], ['a', '/~', '/~2']],
  ['relative-json-pointer', ['0', '1/a', '2#'], ['a', '/a', '01']],
  ['regex', ['^(a|b)+$', '\\d"'], []],
])('a %s is each that there is', (format, valid, invalid) => {
  const isAllowed = languageIn(format)
  for (const text of valid) expect(isAllowed(JSON.stringify(text)), text).toBe(true)
  for (const text of invalid) expect(isAllowed(JSON.stringify(text)), text).toBe(false)
})

it('a date is every real day, and no other', () => {
  const isAllowed = languageIn('date')
  for (const year of ['0000', '0004', '1900', '1999', '2000', '2023', '2024', '2100', '9996'])
    for (let month = 0; month <= 13; month++)
      for (let day = 0; day <= 32; day++) {
        const text = [year, month, day].map((part) => String(part).padStart(2, '0')).join('-')
        const time = new Date(`${text}T00:00:00Z`)
        const isReal = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text)
        expect(isAllowed(`"${text}"`), text).toBe(isReal)
      }
})

it('a random IPv6 address, shortened or not, is one', () => {
  const chance = chances(6)
  const isAllowed = languageIn('ipv6')
  for (let round = 0; round < 300; round++) {
    const groups = Array.from({ length: 8 }, () => chance.integer(0, 65_535).toString(16))
    const from = chance.integer(0, 8)
    const to = chance.integer(from, 8)
    const shortAddress = `${groups.slice(0, from).join(':')}::${groups.slice(to).join(':')}`
    expect(isAllowed(`"${groups.join(':')}"`)).toBe(true)
    if (to > from) expect(isAllowed(`"${shortAddress}"`), shortAddress).toBe(true)
  }
})
