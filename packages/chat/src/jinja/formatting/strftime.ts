/** `strftime` of Python in the C locale, in local time. Unknown directives stay as they are. */
export function formatDate(date: Date, format: string): string {
  return format.replaceAll(
    /%([-_0^#]*)([^])/g,
    (directive: string, flags: string, letter: string) => {
      if (letter === '%') return '%'
      const write = directives[letter]
      if (!write) return directive
      let text = write(date)
      for (const flag of flags) text = applyFlag(text, flag)
      return text
    },
  )
}

/** The flags of the C library, which Python's `strftime` calls. */
function applyFlag(text: string, flag: string): string {
  if (flag === '^') return text.toUpperCase()
  if (flag === '#') return /^[AP]M$/.test(text) ? text.toLowerCase() : text.toUpperCase()
  const filling = { _: ' ', '0': '0' }[flag] ?? ''
  return text.replace(/^[0 ]+(?=\d)/, (zeros) => filling.repeat(zeros.length))
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const directives: Record<string, (date: Date) => string> = {
  a: (date) => dayOf(date).slice(0, 3),
  A: dayOf,
  b: (date) => monthOf(date).slice(0, 3),
  B: monthOf,
  c: (date) => formatDate(date, '%a %b %e %H:%M:%S %Y'),
  C: (date) => pad(Math.floor(date.getFullYear() / 100)),
  d: (date) => pad(date.getDate()),
  D: (date) => formatDate(date, '%m/%d/%y'),
  e: (date) => String(date.getDate()).padStart(2),
  f: (date) => pad(date.getMilliseconds() * 1000, 6),
  F: (date) => formatDate(date, '%Y-%m-%d'),
  g: (date) => pad(isoWeekOf(date).year % 100),
  G: (date) => String(isoWeekOf(date).year),
  h: (date) => monthOf(date).slice(0, 3),
  H: (date) => pad(date.getHours()),
  I: (date) => pad(hourOfHalfDay(date)),
  j: (date) => pad(dayOfYear(date), 3),
  k: (date) => String(date.getHours()).padStart(2),
  l: (date) => String(hourOfHalfDay(date)).padStart(2),
  m: (date) => pad(date.getMonth() + 1),
  M: (date) => pad(date.getMinutes()),
  n: () => '\n',
  p: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getHours() < 12 ? 'am' : 'pm'),
  r: (date) => formatDate(date, '%I:%M:%S %p'),
  R: (date) => formatDate(date, '%H:%M'),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  S: (date) => pad(date.getSeconds()),
  t: () => '\t',
  T: (date) => formatDate(date, '%H:%M:%S'),
  u: (date) => String(date.getDay() || 7),
  U: (date) => pad(Math.floor((dayOfYear(date) + 6 - date.getDay()) / 7)),
  V: (date) => pad(isoWeekOf(date).week),
  w: (date) => String(date.getDay()),
  W: (date) => pad(Math.floor((dayOfYear(date) + 6 - ((date.getDay() + 6) % 7)) / 7)),
  x: (date) => formatDate(date, '%m/%d/%y'),
  X: (date) => formatDate(date, '%H:%M:%S'),
  y: (date) => pad(date.getFullYear() % 100),
  Y: (date) => String(date.getFullYear()),
  // The clock has no time zone.
  z: () => '',
  Z: () => '',
}

function dayOf(date: Date): string {
  return days[date.getDay()] ?? ''
}

function monthOf(date: Date): string {
  return months[date.getMonth()] ?? ''
}

function hourOfHalfDay(date: Date): number {
  return date.getHours() % 12 || 12
}

function dayOfYear(date: Date): number {
  const start = Date.UTC(date.getFullYear(), 0, 1)
  const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((day - start) / 86_400_000) + 1
}

/** The week of ISO 8601: it is of the year in which its Thursday lies. */
function isoWeekOf(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getFullYear(), date.getMonth(), date.getDate())
  thursday.setDate(thursday.getDate() + 4 - (date.getDay() || 7))
  return { year: thursday.getFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) }
}

function pad(number: number, width = 2): string {
  return String(number).padStart(width, '0')
}
