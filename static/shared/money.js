// @ts-check
// Money is a whole number of the currency's minor unit: 1234 in EUR is €12.34, in JPY ¥1,234. No float ever holds it.

/** @typedef {{code: string, exponent: number, step: number}} Currency */

const ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split(" ")
const THREE = "BHD JOD KWD OMR TND".split(" ")
const DIGITS_MAX = 15

/**
 * What the page must know of a currency; the server's table says the same.
 * @param {string} code ISO 4217, in capitals
 * @returns {Currency}
 */
export function currency(code) {
  if (ZERO.includes(code)) return { code, exponent: 0, step: 1 }
  return THREE.includes(code) ? { code, exponent: 3, step: 10 } : { code, exponent: 2, step: 1 }
}

/** Amounts of one currency as people of one language write and read them. */
export class Money {
  /** @param {string} code @param {string} [locale] */
  constructor(code, locale) {
    this.currency = currency(code)
    const fraction = { minimumFractionDigits: this.currency.exponent, maximumFractionDigits: this.currency.exponent }
    const style = /** @type {const} */ ({ style: "currency", currency: code, currencyDisplay: "narrowSymbol" })
    this.shown = new Intl.NumberFormat(locale, { ...style, ...fraction })
    this.bare = new Intl.NumberFormat(locale, { ...fraction, useGrouping: false })
    this.point = this.bare.formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? "."
  }

  /** "€12.34". @param {number} amount minor units */
  format(amount) {
    return this.shown.format(this.decimal(amount))
  }

  /** "12.34", for an input field. @param {number} amount minor units */
  plain(amount) {
    return this.bare.format(this.decimal(amount))
  }

  /** "12.34" with a point, in every language. @param {number} amount @returns {`${number}`} */
  decimal(amount) {
    const { exponent } = this.currency
    const digits = String(Math.abs(amount)).padStart(exponent + 1, "0")
    const whole = digits.slice(0, digits.length - exponent)
    const text = exponent ? `${whole}.${digits.slice(-exponent)}` : whole
    return /** @type {`${number}`} */ (amount < 0 ? `-${text}` : text)
  }

  /**
   * What a person typed, in minor units, or null when it is no amount of this currency: "12,34", "€12.34", "1,234.50".
   * @param {string} text
   * @returns {number | null}
   */
  parse(text) {
    const typed = ascii(text).replace(/\p{Sc}|\p{Cf}|[\s\u2019'_]|\p{L}[\p{L}.]*/gu, "")
    if (!/^\d[\d.,]*$|^[.,]\d+$/.test(typed)) return null
    const { exponent, step } = this.currency
    const [whole, fraction] = this.halves(typed)
    if (whole === null || fraction.length > exponent || whole.length + exponent > DIGITS_MAX) return null
    const amount = Number(whole + fraction.padEnd(exponent, "0"))
    return amount % step ? null : amount
  }

  /** Where the decimals begin. @param {string} typed @returns {[string | null, string]} */
  halves(typed) {
    const at = Math.max(typed.lastIndexOf("."), typed.lastIndexOf(","))
    if (at < 0) return [typed, ""]
    const after = typed.length - at - 1
    const repeats = typed.indexOf(typed.charAt(at)) !== at
    // "1,234" is a thousand and more unless the comma is this language's decimal sign.
    const grouped = repeats || (after === 3 && (this.currency.exponent !== 3 || typed.charAt(at) !== this.point))
    const whole = grouped ? typed : typed.slice(0, at)
    if (!/^(\d*|\d{1,3}([.,]\d{3})+)$/.test(whole)) return [null, ""]
    return [whole.replace(/[.,]/g, ""), grouped ? "" : typed.slice(at + 1)]
  }
}

/** Digits and signs of other scripts as ASCII. @param {string} text */
const ascii = (text) =>
  text.normalize("NFKC").replace(/\u066b/g, ".").replace(/\u066c/g, "").replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[\u0966-\u096f]/g, (digit) => String(digit.charCodeAt(0) - 0x966))

/**
 * Percent of an amount in whole steps, half up; rates are parts per million.
 * @param {number} amount @param {number} ppm @param {number} [step]
 */
export function percentOf(amount, ppm, step = 1) {
  const exact = BigInt(amount) * BigInt(ppm)
  const unit = 1_000_000n * BigInt(step)
  return Number((exact + unit / 2n) / unit) * step
}

/** "12.5%": a rate in parts per million. @param {number} ppm @param {string} [locale] */
export const percent = (ppm, locale) =>
  new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 4 }).format(ppm / 1_000_000)
