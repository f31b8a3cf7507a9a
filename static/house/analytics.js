// @ts-check
// How people pay: by day, by hour, by method, with how much tip, and how often it does not work.
import { html, useState } from "../vendor/ui.js"
import { METHOD, counted } from "../staff/words.js"
import { Bars, Parts } from "./charts.js"
import { Answer, DateField, Figures, Section, dateOf, dayName, lang, page, price, saveTable, useAsk } from "./parts.js"
import { spoken } from "./words.js"

/** @typedef {import("./types.js").Analytics} Analytics */

const DAY_MS = 86_400_000
const rate = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 })
const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 })

export default function Analytics() {
  const [from, setFrom] = useState(dateOf(-29))
  const [to, setTo] = useState(dateOf())
  const asked = useAsk(`analytics/payments?restaurantId=${page.restaurant.id}&dateFrom=${from}&dateTo=${to}`, { still: true })
  /** @type {Analytics | null} */
  const found = asked.found
  const tools = html`<${DateField} label="From" id="from" value=${from} max=${to} onchange=${setFrom} /><${DateField} label="To" id="to" value=${to} max=${dateOf(1)} onchange=${setTo} />
    <button type="button" class="button" disabled=${!found} onClick=${() => found && saveTable(`payments-${from}-${to}.csv`, [["day", "payments", "amount", "tips"], ...found.byDay.map((one) => [one.date, one.count, one.amount, one.tips])])}>CSV</button>`
  return html`<${Section} title="Analytics" lead="Payments that went through, on the restaurant's clock." tools=${tools}>
    <${Answer} asked=${asked} empty=${found?.totalTransactions === 0 && "Nobody has paid in these days."}>${found && html`<${Charts} of=${found} />`}<//>
  <//>`
}

/** Every day from the first to the last, also those on which nobody paid. @param {Analytics} of */
function everyDay({ dateFrom, dateTo, byDay }) {
  const known = new Map(byDay.map((one) => [one.date, one]))
  const days = []
  for (let at = Date.parse(dateFrom); at <= Date.parse(dateTo); at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10)
    days.push(known.get(date) ?? { date, count: 0, amount: 0, tips: 0 })
  }
  return days
}

/** Every hour between the first and the last with a payment. @param {Analytics["byHour"]} byHour */
function everyHour(byHour) {
  const known = new Map(byHour.map((one) => [one.hour, one]))
  const [first, last] = [Math.min(...known.keys()), Math.max(...known.keys())]
  return byHour.length ? Array.from({ length: last - first + 1 }, (_, at) => known.get(first + at) ?? { hour: first + at, count: 0, amount: 0 }) : []
}

/** @param {{of: Analytics}} props */
function Charts({ of }) {
  const p = (/** @type {number} */ amount) => price(amount, of.currency)
  const days = everyDay(of).map((one) => ({ label: dayName(one.date), value: one.amount - one.tips, more: one.tips, text: p(one.amount), moreText: p(one.tips) }))
  const byHour = everyHour(of.byHour).map((one) => ({ label: `${one.hour}:00`, value: one.amount, text: p(one.amount) }))
  const methods = Object.entries(of.paymentMethods).map(([name, one]) => ({ label: `${METHOD[name] ?? name}, ${counted(one.count, "payment", "payments")}`, value: one.amount, text: p(one.amount) }))
  const declines = Object.entries(of.declines).map(([name, count]) => ({ label: spoken(name), value: count, text: String(count) }))
  return html`
    <${Figures} of=${[["Paid", p(of.totalAmount), counted(of.totalTransactions, "payment", "payments")], ["Average payment", p(of.averageAmount)], ["Tips", p(of.totalTips), `${number.format(of.avgTipPercentage)} % on average`], ["Bills that were split", rate.format(of.splitPaymentRate)], ["Went through", rate.format(of.successRate), of.averageSeconds ? `${number.format(of.averageSeconds)} s on average` : ""], ["Refunded", p(of.refundedAmount), rate.format(of.refundRate)]]} />
    <div class="columns">
      <${Bars} title="Paid by day" bars=${days} names=${["Paid", "of it tips"]} />
      <${Bars} title="Paid by hour of the day" bars=${byHour} names=${["Paid"]} />
      <${Parts} title="How people pay" parts=${methods} empty="Nothing was paid." />
      <${Parts} title="Why cards were declined" parts=${declines} empty="No card was declined." />
    </div>`
}
