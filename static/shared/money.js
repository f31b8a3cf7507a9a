// @ts-check
// Money is a whole number of the currency's minor unit: 1234 in EUR is €12.34, in JPY ¥1,234. No float ever holds it.

/** @typedef {{code: string, exponent: number, step: number}} Currency */

const ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split(" ")
const THREE = "BHD JOD KWD OMR TND".split(" ")

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
}

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
